package app

import (
	"context"
	"digiwijzer/bot/telegram"
	"digiwijzer/flows"
	"fmt"
)

// newTelegram returns the Telegram channel; nil without a token.
func (s *Service) newTelegram(key []byte) (*telegram.Channel, error) {
	secret, err := s.Settings.Token()
	if err != nil || secret.Empty() {
		return nil, err
	}
	c := telegram.Config{
		BaseURL:     s.Settings.APIURL,
		CallbackKey: key,
		Texts:       s.texts,
		Link: func(code string) flows.Link {
			link, _ := s.content.Current().Link(code)
			return link
		},
		Coordinators: func() []int64 { return s.Settings.Coordinators },
		Staff:        s.staff,
		Clock:        s.Clock,
		Log:          s.log,
	}
	if c.Token, err = telegram.NewToken(secret.Reveal()); err != nil {
		return nil, fmt.Errorf("TELEGRAM_BOT_TOKEN: %w", err)
	}
	if s.Settings.Webhook != nil {
		c.Webhook = s.Settings.Webhook.String()
		if c.Secret, err = s.webhookSecret(); err != nil {
			return nil, err
		}
	}
	return telegram.New(c)
}

// webhookSecret returns the secret of the webhook in the format of Telegram.
func (b Base) webhookSecret() (telegram.Secret, error) {
	secret, err := b.Settings.HookSecret()
	if err != nil {
		return telegram.Secret{}, err
	}
	checked, err := telegram.NewSecret(secret.Reveal())
	if err != nil {
		return checked, fmt.Errorf("DIGIWIJZER_WEBHOOK_SECRET: %w", err)
	}
	return checked, nil
}

// botName returns the username of the bot; empty until Telegram has returned it.
func (s *Service) botName() string {
	if s.telegram == nil {
		return ""
	}
	return s.telegram.Username()
}

// runTelegram runs the Telegram channel, which ends only with ctx.
func (s *Service) runTelegram(ctx context.Context) error {
	if err := s.telegram.Run(ctx, s.dispatcher); err != nil {
		s.log.Error("telegram stopped", "error", err)
	}
	return nil
}

// BotName requests the bot's username from Telegram; empty without a token.
func (b Base) BotName(ctx context.Context) (string, error) {
	value, err := b.Settings.Token()
	if err != nil || value.Empty() {
		return "", err
	}
	token, err := telegram.NewToken(value.Reveal())
	if err != nil {
		return "", fmt.Errorf("TELEGRAM_BOT_TOKEN: %w", err)
	}
	name, err := telegram.AskUsername(ctx, b.Settings.APIURL, token)
	if err != nil {
		return "", fmt.Errorf("%s (%w)", b.Say("cli.partner.no_bot_name"), err)
	}
	return name, nil
}
