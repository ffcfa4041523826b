package keyfile

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
)

// Sign is the base64 of RSA PKCS #1 v1.5 over SHA-256, which WeChat Pay and Alipay use.
func Sign(key *rsa.PrivateKey, message string) string {
	digest := sha256.Sum256([]byte(message))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err) // only for a broken key, and reading or making it found none
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// Verify tells whether signature is what Sign makes with the key's other half.
func Verify(key *rsa.PublicKey, message, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	digest := sha256.Sum256([]byte(message))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw) == nil
}
