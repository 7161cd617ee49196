package wordings

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestReadLeavesTheBuiltInTexts: the texts of a draft replace those of the program in its own result only.
func TestReadLeavesTheBuiltInTexts(t *testing.T) {
	draft := Overlay{"locales/chat.nl.toml": []byte("\"chat.menu\" = \"Eigen\"\n"), "locales/eigen.fy.toml": []byte("\"chat.menu\" = \"Menu\"\n")}
	own, plain := Read(draft, &Cache{}), Read(Overlay{}, &Cache{})
	assert.Equal(t, "Eigen", own.ByID["chat.menu"].Text(Dutch))
	assert.Equal(t, plain.ByID["chat.menu"].Text("en"), own.ByID["chat.menu"].Text("en"))
	assert.Equal(t, []string{"nl", "en", "fy"}, own.Languages)
	assert.NotEqual(t, "Eigen", plain.ByID["chat.menu"].Text(Dutch))
	assert.Empty(t, plain.ByID["chat.menu"].Text("fy"))
	assert.NotContains(t, plain.Languages, "fy")
}

// TestLaterFileHasTheText: of two files with a text, the one with the later name counts.
func TestLaterFileHasTheText(t *testing.T) {
	all := Read(Overlay{"locales/a.nl.toml": []byte("\"chat.menu\" = \"Eerder\"\n"), "locales/z.nl.toml": []byte("\"chat.title\" = \"Later\"\n\"chat.menu\" = \"Later\"\n")}, &Cache{})
	assert.Equal(t, "Later", all.ByID["chat.menu"].Text(Dutch))
	all = Read(Overlay{"locales/a.nl.toml": []byte("\"chat.menu\" = \"Eerder\"\n")}, &Cache{})
	assert.NotEqual(t, "Eerder", all.ByID["chat.menu"].Text(Dutch))
}
