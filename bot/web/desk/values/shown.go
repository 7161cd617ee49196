package values

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// Shown returns a value as form values.
func Shown(value reflect.Value) (all []string) {
	switch value.Kind() {
	case reflect.Slice:
		for i := range value.Len() {
			all = append(all, value.Index(i).String())
		}
	case reflect.Map:
		for _, key := range slices.Sorted(maps.Keys(Keys(value))) {
			all = append(all, fmt.Sprintf("%s = %d", key, value.MapIndex(reflect.ValueOf(key)).Int()))
		}
	case reflect.Pointer:
		if !value.IsNil() {
			all = append(all, Shown(value.Elem())...)
			if value.Type().Elem().Kind() == reflect.Bool && len(all) == 0 {
				all = []string{"no"}
			}
		} else if value.Type().Elem().Kind() == reflect.Bool {
			return nil
		}
	case reflect.Bool:
		if value.Bool() {
			all = []string{"yes"}
		}
	case reflect.Int:
		if value.Int() != 0 {
			all = []string{strconv.FormatInt(value.Int(), 10)}
		}
	case reflect.Float64:
		all = []string{strconv.FormatFloat(value.Float(), 'f', -1, 64)}
	case reflect.String:
		if value.String() != "" {
			all = []string{value.String()}
		}
	}
	return all
}

// Kept returns the values chosen, in the order they had before, new ones last.
func Kept(before, chosen []string) (all []string) {
	for _, v := range before {
		if slices.Contains(chosen, v) {
			all = append(all, v)
		}
	}
	for _, v := range chosen {
		if !slices.Contains(before, v) {
			all = append(all, v)
		}
	}
	return all
}

// List returns the texts of a list.
func List(value reflect.Value) (all []string) {
	for i := range value.Len() {
		all = append(all, value.Index(i).String())
	}
	return all
}

// SetList sets a list of texts; without any it is nil.
func SetList(value reflect.Value, all []string) {
	out := reflect.MakeSlice(value.Type(), len(all), len(all))
	for i, s := range all {
		out.Index(i).SetString(s)
	}
	if len(all) == 0 {
		value.SetZero()
		return
	}
	value.Set(out)
}
