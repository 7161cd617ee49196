package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"digiwijzer/bot/telegram"
	"digiwijzer/store"
)

// keyCheck is how often the key file is read again, so that no signal is needed.
const keyCheck = 30 * time.Second

// noticeHangup captures SIGHUP for watchSecrets from now on: one that arrives during startup must neither
// be lost nor end the program. It stays captured, so that one that arrives during the stop does not end the
// program before that is done.
func noticeHangup() chan os.Signal {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	return hangup
}

// watchSecrets reads the files with secrets again on SIGHUP, and the key file also periodically, until ctx
// ends; then it reencrypts with a new key. If a file is invalid, the secret in use stays, and health
// reports it.
func (s *Service) watchSecrets(ctx context.Context) error {
	again := time.NewTicker(keyCheck)
	defer again.Stop()
	var secrets, key error
	for encrypted := s.reencrypt(ctx); ; { // continues what a restart interrupted
		if s.dispatcher.RefuseSettings(errors.Join(secrets, key, encrypted)); ctx.Err() != nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.hangup:
			secrets = s.logged("secret refused", s.readSecrets())
			key = s.logged("key file refused", s.readKey(ctx))
		case <-again.C:
			key = s.logged("key file refused", s.readKey(ctx))
		}
		encrypted = s.reencrypt(ctx)
	}
}

// logged logs a problem and returns it.
func (s *Service) logged(message string, err error) error {
	if err != nil {
		s.log.Error(message, "error", err)
	}
	return err
}

// readKey puts the encryption keys that are in the key file now in use.
func (s *Service) readKey(ctx context.Context) error {
	key, err := store.LoadKey(s.Settings.KeyFile)
	if err != nil || key.Same(s.key) {
		return err
	}
	if err := s.store.UseKey(ctx, key); err != nil {
		return err
	}
	if err := s.reader.UseKey(ctx, key); err != nil {
		return err
	}
	s.key = key
	keys := key.Keys()
	s.log.Info("key file read", "keys", len(keys), "in_use", keys[len(keys)-1].ID)
	return nil
}

// reencrypt encrypts with the key in use what is encrypted with another one. After a fault of the storage it
// is retried the next time.
func (s *Service) reencrypt(ctx context.Context) error {
	rows, err := s.store.Reencrypt(ctx, store.Pause)
	if ctx.Err() != nil {
		return nil // the next start continues
	}
	if rows > 0 {
		s.log.Info("encrypted with the new key", "rows", rows)
	}
	return s.logged("encrypting with the new key failed", err)
}

// readSecrets reads the files with secrets again; those in variables cannot change.
func (s *Service) readSecrets() error {
	return errors.Join(s.readBotToken(), s.readWebhookSecret(), s.readDashboardToken(), s.readMailServer())
}

func (s *Service) readBotToken() error {
	if s.telegram == nil || s.Settings.BotTokenFile == "" {
		return nil
	}
	secret, err := s.Settings.Token()
	if err != nil {
		return err
	}
	token, err := telegram.NewToken(secret.Reveal())
	if err == nil {
		err = s.telegram.UseToken(token)
	}
	if err != nil {
		err = fmt.Errorf("TELEGRAM_BOT_TOKEN_FILE: %w", err)
	}
	return err
}

func (s *Service) readWebhookSecret() error {
	if s.telegram == nil || s.Settings.Webhook == nil || s.Settings.WebhookSecretFile == "" {
		return nil
	}
	secret, err := s.webhookSecret()
	if err == nil {
		s.telegram.UseSecret(secret)
	}
	return err
}

func (s *Service) readDashboardToken() error {
	if s.dashboard == nil || s.demo || s.Settings.DashboardTokenFile == "" {
		return nil
	}
	token, err := s.sharedToken()
	if err == nil {
		s.dashboard.UseToken(token)
	}
	return err
}

func (s *Service) readMailServer() error {
	if s.post == nil || s.Settings.SMTPURLFile == "" {
		return nil
	}
	server, ok, err := s.mailServer()
	if ok {
		s.post.UseServer(server)
	}
	return err
}
