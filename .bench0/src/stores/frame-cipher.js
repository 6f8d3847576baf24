import { createCipheriv, createDecipheriv } from "node:crypto";
import { Failure } from "../model/failure.js";
/*
 * A sealed body is: 12 bytes nonce, 16 bytes tag, ciphertext. AES-256-GCM. The place of the pack (partition, offset,
 * feed, minute) is authenticated with it, so that a row that was moved or relabelled does not open.
 */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_BYTES = 32;
/** Random bytes that the caller supplies for each pack of frames: a nonce, and a key in case the day has none yet. */
export const RANDOM_BYTES_PER_PACK = NONCE_BYTES + KEY_BYTES;
function placeBytes(place) {
    return Buffer.from(`${place.partition}/${place.firstOffset}/${place.minute}/${place.feed}`);
}
export function sealFrames(key, nonce, place, bytes) {
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    cipher.setAAD(placeBytes(place));
    const sealed = new Uint8Array(NONCE_BYTES + TAG_BYTES + bytes.byteLength);
    sealed.set(nonce, 0);
    sealed.set(cipher.update(bytes), NONCE_BYTES + TAG_BYTES);
    cipher.final();
    sealed.set(cipher.getAuthTag(), NONCE_BYTES);
    return sealed;
}
/** Throws `store.corrupt` when the bytes are not the ones that were sealed for this place. */
export function openFrames(key, place, sealed) {
    try {
        const nonce = sealed.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(placeBytes(place));
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const bytes = new Uint8Array(sealed.byteLength - NONCE_BYTES - TAG_BYTES);
        bytes.set(decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), 0);
        decipher.final();
        return bytes;
    }
    catch (cause) {
        throw new Failure("store.corrupt", `The frames at frames/${place.partition}/${place.firstOffset} of feed ${place.feed} are not the bytes that ` +
            "were stored; restore them from a backup, or let retention remove them", { cause });
    }
}
