// Runs once in every new QuickJS context and returns `load`.
//
// load(source) compiles a codec once and returns decode(frames), which runs it in a fresh scope for
// each frame: frames is the JSON text of a list of [bytes, fPort, time, variables], bytes as
// hexadecimal digits and time in milliseconds since 1970. The answer is the JSON text of {answers},
// each of which is {data, errors, warnings} or {error}.
// Between two frames nothing may be left behind, because the next one is another device's:
//   - built-ins are frozen and cannot be replaced, so nothing can be hidden in them;
//   - globals that a sloppy codec created are removed after each call, and so is what it put on the
//     prototypes of built-ins, which only a codec that names one may extend;
//   - what could keep code alive for later (jobs of promises) never runs.
// Where a trace cannot be removed, decode stops after this frame and says "dirty"; the host throws
// the context away and sends the other frames to a new one.
(function () {
  "use strict";
  const global = globalThis;
  const {
    apply, construct, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf,
    isExtensible, ownKeys, setPrototypeOf,
  } = Reflect;
  const { assign, freeze } = Object;
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { join } = Array.prototype;
  const { isFinite } = Number;
  const { fromHex } = Uint8Array;
  const { test } = RegExp.prototype;
  const CompiledFunction = Function;
  const EventDate = Date;
  const Text = String;
  const Job = Promise;
  const EngineError = InternalError;

  // Assigning obj.toString = ... must still work although Object.prototype.toString is frozen.
  function allowOverride(prototype) {
    for (const key of ownKeys(prototype)) {
      const { value, writable } = getOwnPropertyDescriptor(prototype, key);
      if (!writable) continue;
      defineProperty(prototype, key, {
        get() {
          return value;
        },
        set(own) {
          if (this !== prototype)
            defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
        },
      });
    }
  }

  const frozen = new Set();
  const { has } = Set.prototype;

  // Codecs bring substitutes for built-ins of old engines and put them in whether they are needed or not. The built-in
  // stays, and the codec goes on.
  function ignoreSubstitutes() {
    const native = Object.defineProperty;
    Object.defineProperty = function (object, key, how) {
      const builtIn = apply(has, frozen, [object]);
      if (builtIn && (!isExtensible(object) || getOwnPropertyDescriptor(object, key))) return object;
      return native(object, key, how);
    };
  }
  ignoreSubstitutes();

  // Prototypes to which some codecs add methods of their own. Nothing of them can be changed; whether anything can be
  // added is decided when the codec is known.
  const PROTOTYPES = [Object, Array, String, Number, Boolean, Date, Uint8Array].map((each) => each.prototype);
  const EXTENDING = /\b(?:Object|Array|String|Number|Boolean|Date|Uint8Array)\s*\.\s*prototype\b/;
  const open = new Set(PROTOTYPES);

  function lock(object) {
    for (const key of ownKeys(object)) {
      const how = getOwnPropertyDescriptor(object, key);
      defineProperty(object, key, "value" in how ? { configurable: false, writable: false } : { configurable: false });
    }
  }

  function freezeAll(object) {
    if ((typeof object !== "object" && typeof object !== "function") || object === null) return;
    if (object === global || frozen.has(object)) return;
    frozen.add(object);
    if (open.has(object)) lock(object);
    else freeze(object);
    freezeAll(getPrototypeOf(object));
    for (const key of ownKeys(object)) {
      const { value, get, set } = getOwnPropertyDescriptor(object, key);
      freezeAll(value);
      freezeAll(get);
      freezeAll(set);
    }
  }

  // Local time is UTC, wherever the server stands: many codecs write texts with local-time methods.
  // A text without a zone means UTC too.
  function utcDate() {
    const local = Date.prototype;
    for (const part of ["Date", "Day", "FullYear", "Hours", "Milliseconds", "Minutes", "Month", "Seconds"]) {
      local["get" + part] = local["getUTC" + part];
      if (part !== "Day") local["set" + part] = local["setUTC" + part];
    }
    const offset = local.getTimezoneOffset;
    for (const day of ["", "Date", "Time", "Locale", "LocaleDate", "LocaleTime"]) {
      const write = local["to" + day + "String"];
      local["to" + day + "String"] = function (...options) {
        const shifted = new EventDate(+this);
        shifted.setTime(+this + apply(offset, shifted, []) * 60000);
        return apply(write, shifted, options).replace(/GMT.*/, "GMT+0000 (UTC)");
      };
    }
    local.getTimezoneOffset = () => 0;
    const { parse: parseLocal, UTC, now } = Date;
    function parse(text) {
      const zoned = /(?:Z|GMT|UTC|UT|[+-]\d\d:?\d\d(?: ?\(.*\))?)$/i.test(text);
      for (const zone of zoned ? [] : ["Z", " UTC"]) {
        const utc = parseLocal(text + zone);
        if (utc === utc) return utc;
      }
      return parseLocal(text);
    }
    global.Date = function Date(...parts) {
      if (!new.target) return new EventDate().toString();
      if (parts.length > 1) parts = [UTC(...parts)];
      else if (typeof parts[0] === "string") parts = [parse(parts[0])];
      return construct(EventDate, parts, new.target);
    };
    assign(global.Date, { prototype: local, parse, UTC, now });
    defineProperty(local, "constructor", { value: global.Date });
  }
  utcDate();

  // These walk an array in one go without looking at the clock; Array(4e9) is long at no cost.
  const LONGEST = 100000;
  function refuseEndlessArrays() {
    const list = Array.prototype;
    for (const name of [
      "concat", "copyWithin", "flat", "flatMap", "join", "reverse", "shift", "slice", "sort", "splice",
      "toLocaleString", "toReversed", "toSorted", "toSpliced", "unshift",
    ]) {
      const native = list[name];
      const guarded = {
        [name](...rest) {
          if (this.length > LONGEST) throw new RangeError("array is too long");
          for (let i = 0; i < rest.length; i++)
            if (isArray(rest[i]) && rest[i].length > LONGEST) throw new RangeError("array is too long");
          return apply(native, this, rest);
        },
      };
      defineProperty(list, name, { value: guarded[name] });
    }
  }
  refuseEndlessArrays();

  function noop() {}
  global.console = { log: noop, info: noop, debug: noop, warn: noop, error: noop, trace: noop };
  // Setters with a memory of their own.
  delete Error.prepareStackTrace;
  delete Error.stackTraceLimit;
  allowOverride(Object.prototype);
  allowOverride(Error.prototype);

  for (const key of ownKeys(global)) freezeAll(global[key]);
  // Built-ins that no global leads to.
  const values = [][Symbol.iterator]();
  [
    values, values.map(noop), Iterator.from({ next: noop }), new Map().entries(), new Set().entries(),
    ""[Symbol.iterator](), "".matchAll(/a/g), function* () {}, async function () {}, async function* () {},
  ].forEach(freezeAll);

  // Not part of the language (their names are free for a codec's own sloppy globals), or able to
  // leave traces (eval: lexical globals), or of no use to a codec and hard to contain.
  for (const name of [
    "DOMException", "performance", "queueMicrotask", "eval", "Atomics", "SharedArrayBuffer",
    "FinalizationRegistry", "WeakRef", "AsyncDisposableStack", "DisposableStack", "Proxy",
  ]) delete global[name];

  // The built-ins move to a frozen prototype of the global object, so that what a codec leaves
  // there is seen at once. NaN, Infinity and undefined cannot move.
  const builtIns = {};
  for (const key of ownKeys(global)) {
    defineProperty(builtIns, key, getOwnPropertyDescriptor(global, key));
    deleteProperty(global, key);
  }
  freeze(builtIns);
  setPrototypeOf(global, builtIns);
  const remaining = ownKeys(global);

  // Returns whether the global object is as it was before the call.
  function clean() {
    const keys = ownKeys(global);
    for (let i = remaining.length; i < keys.length; i++)
      if (!deleteProperty(global, keys[i])) return false;
    return isExtensible(global) && getPrototypeOf(global) === builtIns;
  }

  // What the prototypes were before the call; each beside its own prototype and its keys.
  const before = PROTOTYPES.map((each) => [each, getPrototypeOf(each), new Set(ownKeys(each))]);

  // The same for the prototypes that a codec may extend.
  function cleanPrototypes() {
    for (let i = 0; i < before.length; i++) {
      const object = before[i][0];
      const keys = ownKeys(object);
      for (let k = 0; k < keys.length; k++)
        if (!apply(has, before[i][2], [keys[k]]) && !deleteProperty(object, keys[k])) return false;
      if (!isExtensible(object) || getPrototypeOf(object) !== before[i][1]) return false;
    }
    return true;
  }

  function textOf(thrown) {
    try {
      return Text(thrown instanceof Error ? thrown : typeof thrown === "object" ? stringify(thrown) : thrown);
    } catch {
      return "something that has no text";
    }
  }

  // What a codec of today returns is {data, errors, warnings}, what an older one returns is data.
  function result(isTs013, returned) {
    if (returned === undefined || returned === null) return {};
    if (returned instanceof Job) return { error: "it is asynchronous" };
    if (typeof returned !== "object" || isArray(returned)) return { error: "it did not return an object" };
    if (!isTs013) return { data: returned };
    return { data: returned.data, errors: returned.errors, warnings: returned.warnings };
  }

  // Codecs expect a plain array. Arguments become one much faster than `from` or `slice` make it,
  // and a text with the digits is read faster than a list of numbers.
  function listOf(...bytes) {
    return bytes;
  }

  function run(factory, hex, fPort, time, variables) {
    const bytes = apply(listOf, undefined, fromHex(hex));
    const entry = factory();
    const decode = entry[1];
    switch (entry[0]) {
      case "decodeUplink":
        return result(true, decode({ bytes, fPort, recvTime: new EventDate(time), variables }));
      case "Decoder":
        return result(false, decode(bytes, fPort));
      case "Decode":
        return result(false, decode(fPort, bytes, variables));
      default:
        return { error: "it has none of the functions decodeUplink, Decoder and Decode" };
    }
  }

  // JSON knows no NaN and no Infinity and writes null; say which fields that were.
  function toJson(answer) {
    const json = stringify(answer);
    if (typeof json !== "string") return json;
    // The engine splits a text faster than it looks whether one includes another.
    if (json.split("null", 2).length === 1) return json;
    const lost = [];
    stringify(answer, (key, value) => {
      if (typeof value === "number" && !isFinite(value)) lost.push(key);
      return value;
    });
    return lost.length === 0 ? json : stringify({ ...answer, lost });
  }

  // `driver` is what bundlers of TS013 codecs call the module.
  const ENTRY = `
;return typeof decodeUplink === "function" ? ["decodeUplink", decodeUplink]
  : typeof Decoder === "function" ? ["Decoder", Decoder]
  : typeof Decode === "function" ? ["Decode", Decode]
  : typeof driver === "object" && driver && typeof driver.decodeUplink === "function"
  ? ["decodeUplink", driver.decodeUplink] : [];`;

  // Elsewhere a codec is a script, whose functions are found in `this` as well; here it is a function. Those that it
  // calls so become globals, which are removed after the call like others.
  function published(source) {
    let text = "";
    for (const [, name] of source.matchAll(/\b(?:this|globalThis)\.([A-Za-z_]\w*)\s*\(/g))
      if (new RegExp("\\bfunction\\s+" + name + "\\b").test(source) && !text.includes(`.${name} =`))
        text += `\n;if (typeof ${name} === "function") globalThis.${name} = ${name}`;
    return text;
  }

  return function load(source) {
    // A source with unbalanced braces could leave its function and keep a scope of its own. It
    // cannot do so as a method, too: no expression can stand between two methods.
    new CompiledFunction("({ codec() {" + source + "\n} })");
    const factory = new CompiledFunction(source + published(source) + ENTRY);
    const extending = apply(test, EXTENDING, [source]);
    if (!extending) PROTOTYPES.forEach((each) => freeze(each));
    // A codec reaches its own factory as arguments.callee.
    freeze(factory);
    freeze(factory.prototype);
    function answerTo(frame) {
      try {
        const json = toJson(run(factory, frame[0], frame[1], frame[2], frame[3]));
        // a toJSON on a prototype may make anything of it
        return typeof json === "string" && json[0] === "{" ? json : '{"error":"it did not return an object"}';
      } catch (thrown) {
        // Out of memory; null when not even the error fitted in. The host starts afresh.
        if (thrown instanceof EngineError || thrown === null) throw thrown;
        return stringify({ error: textOf(thrown) });
      }
    }
    return function decode(text) {
      const frames = parse(text);
      let head = '{"answers":[';
      for (let i = 0; i < frames.length; i++) {
        // in the frame's place, which is there already: no setter that a codec put on a prototype gets to see it
        frames[i] = answerTo(frames[i]);
        if (clean() && (!extending || cleanPrototypes())) continue;
        frames.length = i + 1;
        head = '{"dirty":true,"answers":[';
        break;
      }
      // Joined, not added: the host cannot read a text that was never put together.
      return apply(join, [head, apply(join, frames, [","]), "]}"], [""]);
    };
  };
})();
