// Gives a new QuickJS context the `Buffer` of Node.js, which codecs written for ChirpStack use; `sandbox.js` freezes it.
//
// Bytes, numbers at a place, and texts: what codecs read and write. Nothing of it reaches out of the context, and what
// it allocates counts against the limit of the context's memory.
(function () {
  "use strict";
  const { apply, construct, defineProperty, setPrototypeOf } = Reflect;
  const { isArray } = Array;
  const { fromCharCode, fromCodePoint } = String;
  const { fromBase64, fromHex } = Uint8Array;

  function Buffer(value, encodingOrOffset, length) {
    if (typeof value === "string") return Buffer.from(value, encodingOrOffset);
    return construct(Uint8Array, [value, encodingOrOffset, length], new.target || Buffer);
  }
  setPrototypeOf(Buffer, Uint8Array);
  Buffer.prototype = Object.create(Uint8Array.prototype, { constructor: { value: Buffer, writable: true } });
  const methods = Buffer.prototype;

  function define(object, named) {
    for (const [name, value] of Object.entries(named)) defineProperty(object, name, { value, writable: true });
  }

  function outOfRange(what) {
    return new RangeError(`The value of "${what}" is out of range.`);
  }

  // What is read or written has to be there: as in Node.js, and unlike an index, which gives undefined.
  function viewAt(bytes, offset, size) {
    if (typeof offset !== "number") throw new TypeError('The "offset" argument must be of type number.');
    if (offset !== Math.floor(offset) || offset < 0 || offset + size > bytes.length) throw outOfRange("offset");
    return new DataView(bytes.buffer, bytes.byteOffset + offset, size);
  }

  const NUMBERS = [
    ["UInt8", 1, "Uint8"], ["Int8", 1, "Int8"], ["UInt16", 2, "Uint16"], ["Int16", 2, "Int16"], ["UInt32", 4, "Uint32"],
    ["Int32", 4, "Int32"], ["Float", 4, "Float32"], ["Double", 8, "Float64"], ["BigUInt64", 8, "BigUint64"],
    ["BigInt64", 8, "BigInt64"],
  ];
  const LIMITS = { UInt8: [0, 0xff], Int8: [-0x80, 0x7f], UInt16: [0, 0xffff], Int16: [-0x8000, 0x7fff],
    UInt32: [0, 0xffffffff], Int32: [-0x80000000, 0x7fffffff] };
  for (const [name, size, type] of NUMBERS)
    for (const end of size === 1 ? [""] : ["LE", "BE"]) {
      const little = end === "LE";
      const get = DataView.prototype[`get${type}`];
      const set = DataView.prototype[`set${type}`];
      const read = function (offset = 0) {
        return apply(get, viewAt(this, offset, size), [0, little]);
      };
      const write = function (value, offset = 0) {
        if (LIMITS[name] && (value < LIMITS[name][0] || value > LIMITS[name][1])) throw outOfRange("value");
        apply(set, viewAt(this, offset, size), [0, value, little]);
        return offset + size;
      };
      for (const spelt of new Set([name, name.replace("UInt", "Uint")]))
        define(methods, { [`read${spelt}${end}`]: read, [`write${spelt}${end}`]: write });
    }

  // Whole numbers of one to six bytes.
  function unsigned(bytes, offset, size, little) {
    if (!(size >= 1 && size <= 6)) throw outOfRange("byteLength");
    const view = viewAt(bytes, offset, size);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + view.getUint8(little ? size - 1 - i : i);
    return value;
  }
  for (const end of ["LE", "BE"]) {
    const read = function (offset, size) {
      return unsigned(this, offset, size, end === "LE");
    };
    const readSigned = function (offset, size) {
      const value = unsigned(this, offset, size, end === "LE");
      return value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
    };
    define(methods, { [`readUInt${end}`]: read, [`readUint${end}`]: read, [`readInt${end}`]: readSigned });
  }

  function utf8(text) {
    const bytes = [];
    for (const sign of text) {
      let code = sign.codePointAt(0);
      if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else
        bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
    return bytes;
  }

  // As the WHATWG decodes it: each longest part that could have begun a sign becomes one U+FFFD.
  function textOfUtf8(bytes) {
    let text = "";
    for (let i = 0; i < bytes.length; ) {
      const first = bytes[i++];
      const more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
      let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
      let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
      let code = more > 0 ? first & (0x3f >> more) : first;
      let left = more;
      for (; left > 0 && bytes[i] >= low && bytes[i] <= high; left--) {
        code = (code << 6) | (bytes[i++] & 63);
        low = 0x80;
        high = 0xbf;
      }
      text += left === 0 ? fromCodePoint(code) : "\ufffd";
    }
    return text;
  }

  function textOfSigns(bytes, mask) {
    let text = "";
    for (let i = 0; i < bytes.length; i++) text += fromCharCode(bytes[i] & mask);
    return text;
  }

  function signs(text) {
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  // As Node.js reads it: up to the first sign that is no digit.
  function ofHex(text) {
    const digits = /^(?:[0-9a-f]{2})*/i.exec(text)[0];
    return fromHex(digits);
  }

  function ofBase64(text) {
    const plain = text.replace(/-/g, "+").replace(/_/g, "/").replace(/[^A-Za-z0-9+/]/g, "");
    return fromBase64(plain.length % 4 === 1 ? plain.slice(0, -1) : plain);
  }

  function base64url(bytes) {
    return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  }

  const ENCODINGS = {
    hex: [ofHex, (bytes) => bytes.toHex()],
    base64: [ofBase64, (bytes) => bytes.toBase64()],
    base64url: [ofBase64, base64url],
    utf8: [utf8, textOfUtf8],
    ascii: [signs, (bytes) => textOfSigns(bytes, 0x7f)],
    latin1: [signs, (bytes) => textOfSigns(bytes, 0xff)],
  };
  const SAME = { "utf-8": "utf8", binary: "latin1" };
  function encoding(name) {
    const word = String(name === undefined || name === null ? "utf8" : name).toLowerCase();
    const found = Object.hasOwn(SAME, word) ? SAME[word] : word;
    if (!Object.hasOwn(ENCODINGS, found)) throw new TypeError(`Unknown encoding: ${name}`);
    return ENCODINGS[found];
  }

  // Where a part begins or ends; not counted from the end.
  function place(index, length, usual) {
    const at = index === undefined ? usual : Math.trunc(Number(index)) || 0;
    return Math.min(Math.max(at, 0), length);
  }

  define(methods, {
    toString(name, start, end) {
      return encoding(name)[1](this.subarray(place(start, this.length, 0), place(end, this.length, this.length)));
    },
    toJSON() {
      return { type: "Buffer", data: Array.from(this) };
    },
    // A part of the same bytes, no copy: as in Node.js.
    slice(start, end) {
      return this.subarray(start, end);
    },
    equals(other) {
      return this.length === other.length && this.every((byte, index) => byte === other[index]);
    },
    copy(target, targetStart = 0, start = 0, end = this.length) {
      const part = this.subarray(start, Math.min(end, start + target.length - targetStart));
      target.set(part, targetStart);
      return part.length;
    },
  });

  define(Buffer, {
    from(value, encodingOrOffset, length) {
      if (typeof value === "string") {
        const bytes = encoding(encodingOrOffset)[0](value);
        return new Buffer(bytes);
      }
      if (value instanceof ArrayBuffer) return new Buffer(value, encodingOrOffset, length);
      if (value && value.type === "Buffer" && isArray(value.data)) return new Buffer(value.data);
      if (typeof value !== "object" || value === null)
        throw new TypeError("The first argument must be a text, an array or a buffer.");
      return new Buffer(value);
    },
    alloc(size, fill = 0, name) {
      const made = new Buffer(size);
      if (typeof fill === "number") return fill === 0 ? made : made.fill(fill);
      const pattern = Buffer.from(fill, name);
      for (let i = 0; pattern.length && i < size; i++) made[i] = pattern[i % pattern.length];
      return made;
    },
    allocUnsafe(size) {
      return new Buffer(size);
    },
    concat(list, length) {
      const whole = new Buffer(length === undefined ? list.reduce((sum, part) => sum + part.length, 0) : length);
      let at = 0;
      for (const part of list) {
        const left = whole.length - at;
        whole.set(part.length > left ? part.subarray(0, left) : part, at);
        at += Math.min(part.length, left);
      }
      return whole;
    },
    isBuffer(value) {
      return value instanceof Buffer;
    },
    byteLength(value, name) {
      return typeof value === "string" ? Buffer.from(value, name).length : value.byteLength;
    },
  });
  defineProperty(globalThis, "Buffer", { value: Buffer, writable: true, configurable: true });
})();
