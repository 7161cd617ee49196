package telegramtest

import (
	"context"
	"encoding/json"
	"regexp"
	"strconv"
)

var (
	commandPattern  = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	languagePattern = regexp.MustCompile(`^([a-z]{2})?$`)
)

func setCommands(s *Server, _ context.Context, p params) (any, *apiError) {
	var commands []struct {
		Command, Description string
	}
	if json.Unmarshal(p["commands"].raw, &commands) != nil || len(commands) > 100 {
		return nil, badRequest("can't parse commands")
	}
	for _, c := range commands {
		if !commandPattern.MatchString(c.Command) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := units(c.Description); n < 1 || n > 256 {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	name, refused := s.scoped("setMyCommands", p)
	if refused != nil {
		return nil, refused
	}
	return s.storeProfile(name, p, string(p["commands"].raw))
}

// scoped returns the profile entry of the commands, which can be set per chat.
func (s *Server) scoped(name string, p params) (string, *apiError) {
	if !p.has("scope") {
		return name, nil
	}
	var scope struct {
		Type string
		Chat int64 `json:"chat_id"`
	}
	_ = json.Unmarshal(p["scope"].raw, &scope)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case scope.Type == "default":
		return name, nil
	case scope.Type != "chat":
		return "", badRequest("can't parse BotCommandScope: only default and chat are supported")
	case s.chats[scope.Chat] == nil:
		return "", badRequest("chat not found")
	}
	return name + "@" + strconv.FormatInt(scope.Chat, 10), nil
}

// setProfile returns a method that sets one text of the bot's profile, of at most limit
// UTF-16 units.
func setProfile(name, field string, limit int) func(*Server, context.Context, params) (any, *apiError) {
	return func(s *Server, _ context.Context, p params) (any, *apiError) {
		if units(p.text(field)) > limit {
			return nil, badRequest("the text of " + field + " is too long")
		}
		return s.storeProfile(name, p, p.text(field))
	}
}

func getName(s *Server, _ context.Context, p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, ok := s.profile["setMyName:"+p.text("language_code")]
	if !ok {
		name = s.profile["setMyName"]
	}
	return map[string]string{"name": name}, nil
}

func setMenu(s *Server, _ context.Context, p params) (any, *apiError) {
	var button struct{ Type string }
	_ = json.Unmarshal(p["menu_button"].raw, &button)
	if button.Type != "commands" && button.Type != "default" {
		return nil, badRequest("can't parse menu button")
	}
	return s.storeProfile("setChatMenuButton", p, button.Type)
}

func (s *Server) storeProfile(name string, p params, value string) (any, *apiError) {
	lang := p.text("language_code")
	if !languagePattern.MatchString(lang) {
		return nil, badRequest("invalid language code specified")
	}
	if lang != "" {
		name += ":" + lang
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile[name] = value
	s.touch(nil)
	return true, nil
}
