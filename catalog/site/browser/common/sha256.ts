// SHA-256 (FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4), piece by piece: the browser's own digest wants all bytes
// at once, and is absent where a page comes over plain http.

const K = new Uint32Array(64);
const START = new Uint32Array(8);

// Constants are the first 32 bits of the fractions of cube and square roots of the first primes.
for (let candidate = 2, found = 0; found < 64; candidate++) {
  let prime = true;
  for (let by = 2; by * by <= candidate; by++) {
    prime &&= candidate % by !== 0;
  }
  if (prime) {
    if (found < 8) {
      START[found] = fraction(Math.sqrt(candidate));
    }
    K[found++] = fraction(Math.cbrt(candidate));
  }
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}

function at(words: Uint32Array, index: number): number {
  return words[index] as number;
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** A digest of bytes that come in pieces. */
export class Sha256 {
  private readonly state = START.slice();
  private readonly block = new Uint8Array(64);
  private readonly words = new Uint32Array(64);
  private filled = 0;
  private length = 0;

  /** Takes the next bytes. */
  update(bytes: Uint8Array): this {
    this.length += bytes.length;
    let from = 0;
    while (from < bytes.length) {
      const taken = Math.min(64 - this.filled, bytes.length - from);
      this.block.set(bytes.subarray(from, from + taken), this.filled);
      this.filled += taken;
      from += taken;
      if (this.filled === 64) {
        this.mix();
        this.filled = 0;
      }
    }
    return this;
  }

  /** Returns the digest in hex; nothing may be taken after it. */
  hex(): string {
    const bits = this.length * 8;
    const padding = new Uint8Array(((this.filled < 56 ? 56 : 120) - this.filled) | 0);
    padding[0] = 0x80;
    const end = new DataView(new ArrayBuffer(8));
    end.setUint32(0, Math.floor(bits / 2 ** 32));
    end.setUint32(4, bits >>> 0);
    this.update(padding).update(new Uint8Array(end.buffer));
    return [...this.state].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  private mix(): void {
    const { words, state } = this;
    const view = new DataView(this.block.buffer);
    for (let i = 0; i < 16; i++) {
      words[i] = view.getUint32(4 * i);
    }
    for (let i = 16; i < 64; i++) {
      const early = at(words, i - 15);
      const late = at(words, i - 2);
      const s0 = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
      const s1 = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
      words[i] = at(words, i - 16) + s0 + at(words, i - 7) + s1;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const first = (h + s1 + ((e & f) ^ (~e & g)) + at(K, i) + at(words, i)) | 0;
      const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => {
      state[i] = at(state, i) + word;
    });
  }
}

/** Returns the SHA-256 of bytes, in hex. */
export function sha256(bytes: Uint8Array): string {
  return new Sha256().update(bytes).hex();
}
