"""Opens the encrypted files that the tests write, with OpenSSL and libsodium.

usage: judge.py APP FILE PASSPHRASE

Prints the plain text inside, as the app that the file is for would get it. It
shares no code with the Go side: the cryptography is that of python3-cryptography
(OpenSSL) and libsodium, the layouts are those of the apps' own documents.
"""
import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

b64 = base64.b64decode
sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
sodium.sodium_init()


def argon2id(passphrase, salt, ops, mem):
    out = ctypes.create_string_buffer(32)
    bad = sodium.crypto_pwhash(out, ctypes.c_ulonglong(32), passphrase, ctypes.c_ulonglong(len(passphrase)), salt,
                               ctypes.c_ulonglong(ops), ctypes.c_size_t(mem), 2)
    if bad:
        sys.exit("argon2id failed")
    return out.raw


def aegis(data, passphrase):
    vault = json.loads(data)
    slots = [s for s in vault["header"]["slots"] if s["type"] == 1]
    if len(slots) != 1 or not slots[0]["is_backup"]:
        sys.exit("not exactly one backup slot")
    slot, opened = slots[0], vault["header"]["params"]
    key = hashlib.scrypt(passphrase, salt=bytes.fromhex(slot["salt"]), n=slot["n"], r=slot["r"], p=slot["p"], dklen=32, maxmem=1 << 28)
    params = slot["key_params"]
    master = AESGCM(key).decrypt(bytes.fromhex(params["nonce"]), bytes.fromhex(slot["key"] + params["tag"]), None)
    return AESGCM(master).decrypt(bytes.fromhex(opened["nonce"]), b64(vault["db"], validate=True) + bytes.fromhex(opened["tag"]), None)


def twofas(data, passphrase):
    file = json.loads(data)
    if file["services"]:
        sys.exit("services in clear")

    def part(name):
        sealed, salt, nonce = (b64(p, validate=True) for p in file[name].split(":"))
        key = hashlib.pbkdf2_hmac("sha256", passphrase, salt, 10000, 32)
        return AESGCM(key).decrypt(nonce, sealed, None)

    part("reference")
    return part("servicesEncrypted")


def andotp(data, passphrase):
    rounds = int.from_bytes(data[:4], "big")
    if not 140000 <= rounds <= 160000:
        sys.exit("the app would not pick so many rounds")
    key = hashlib.pbkdf2_hmac("sha1", passphrase, data[4:16], rounds, 32)
    return AESGCM(key).decrypt(data[16:28], data[28:], None)


def bitwarden(data, passphrase):
    file = json.loads(data)
    key = hashlib.pbkdf2_hmac("sha256", passphrase, file["salt"].encode(), file["kdfIterations"], 32)
    enc, mac = (HKDFExpand(hashes.SHA256(), 32, info).derive(key) for info in (b"enc", b"mac"))

    def text(sealed):
        iv, body, tag = (b64(p, validate=True) for p in sealed[2:].split("|"))
        if sealed[:2] != "2." or not hmac.compare_digest(hmac.digest(mac, iv + body, "sha256"), tag):
            sys.exit("the MAC does not fit")
        opener = Cipher(algorithms.AES(enc), modes.CBC(iv)).decryptor()
        plain = opener.update(body) + opener.finalize()
        return plain[:-plain[-1]]

    if len(text(file["encKeyValidation_DO_NOT_EDIT"])) != 36:
        sys.exit("the validation is not a GUID")
    return text(file["data"])


def ente(data, passphrase):
    file = json.loads(data)
    kdf = file["kdfParams"]
    key = argon2id(passphrase, b64(kdf["salt"], validate=True), kdf["opsLimit"], kdf["memLimit"])
    sealed, header = b64(file["encryptedData"], validate=True), b64(file["encryptionNonce"], validate=True)
    state = ctypes.create_string_buffer(sodium.crypto_secretstream_xchacha20poly1305_statebytes())
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
    plain, tag = ctypes.create_string_buffer(len(sealed)), ctypes.c_ubyte()
    if sodium.crypto_secretstream_xchacha20poly1305_pull(state, plain, None, ctypes.byref(tag), sealed, ctypes.c_ulonglong(len(sealed)), None, ctypes.c_ulonglong(0)):
        sys.exit("libsodium refuses the stream")
    if tag.value != 3:
        sys.exit("the stream does not end")
    return plain.raw[:len(sealed) - 17]


def proton(data, passphrase):
    file = json.loads(data)
    key = argon2id(passphrase, b64(file["salt"], validate=True), 2, 19 << 20)
    content = b64(file["content"], validate=True)
    return AESGCM(key).decrypt(content[:12], content[12:], b"proton.authenticator.export.v1")


apps = {"aegis": aegis, "2fas": twofas, "andotp": andotp, "bitwarden": bitwarden, "ente": ente, "proton": proton}
with open(sys.argv[2], "rb") as f:
    sys.stdout.buffer.write(apps[sys.argv[1]](f.read(), sys.argv[3].encode()))
