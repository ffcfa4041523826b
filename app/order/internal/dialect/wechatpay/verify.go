package wechatpay

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const (
	// window is how far the signed time must be from now at least to be refused, both
	// ways, as in the official SDK. Each retry is signed anew.
	window = 300 * time.Second
	// signatureType is the only kind of signature that is believed; a missing header means it.
	signatureType = "WECHATPAY2-SHA256-RSA2048"
	// probe begins the wrong signatures that WeChat Pay sends to see them refused.
	probe = "WECHATPAY/SIGNTEST/"
)

// Verify checks who signed a notice or an answer, and when: header returns the value
// of one of its headers. Errors hold nothing of the body nor of the signature; the
// SDK's own would.
//
// https://pay.weixin.qq.com/docs/merchant/development/interface-rules/build-verify-sign-src.html
func (keys PlatformKeys) Verify(header func(name string) string, body []byte, now time.Time) error {
	signature := header(consts.WechatPaySignature)
	if signature == "" {
		return errors.New("not signed")
	}
	if t := header("Wechatpay-Signature-Type"); t != "" && t != signatureType {
		return errors.New("Wechatpay-Signature-Type is not " + signatureType)
	}
	timestamp, nonce := header(consts.WechatPayTimestamp), header(consts.WechatPayNonce)
	if err := checkTime(timestamp, now); err != nil {
		return err
	}
	// With a line break in the nonce one signature would fit several messages.
	if !domain.ValidIdentifier(nonce) {
		return errors.New("Wechatpay-Nonce is missing or not visible ASCII")
	}
	if err := checkSignature(signature); err != nil {
		return err
	}
	k, err := keys.find(header(consts.WechatPaySerial), now)
	if err != nil {
		return err
	}
	message := timestamp + "\n" + nonce + "\n" + string(body) + "\n"
	if k.verifier.Verify(context.Background(), k.serial, message, signature) != nil {
		return fmt.Errorf("the signature does not fit key %s", k.ID)
	}
	return nil
}

// checkTime is not left to the SDK, which reads the clock itself; ours can be set in tests.
func checkTime(timestamp string, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return errors.New("Wechatpay-Timestamp is missing or no number")
	}
	if d := now.Sub(time.Unix(seconds, 0)).Abs(); d >= window {
		return fmt.Errorf("signed %s away from now, by this machine's clock", d.Round(time.Second))
	}
	return nil
}

// checkSignature refuses what the SDK's decoder ignores: line breaks, and stray bits
// at the end.
func checkSignature(signature string) error {
	if strings.HasPrefix(signature, probe) {
		return errors.New("the signature is a probe, wrong on purpose")
	}
	if _, err := base64.StdEncoding.Strict().DecodeString(signature); err != nil || strings.ContainsAny(signature, "\r\n") {
		return errors.New("Wechatpay-Signature is not base64")
	}
	return nil
}
