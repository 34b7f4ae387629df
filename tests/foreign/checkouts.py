"""Checkouts in the layouts of public device repositories, with what is irregular in the real ones.

All vendors and devices are made up.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

CODEC = """
function decodeUplink(input) {
  if (input.fPort !== 1) return { errors: ["unknown FPort"] };
  return { data: { battery: input.bytes[0], temperature: input.bytes[1] / 10 } };
}
"""
SOUND = """
uplinkDecoder:
  fileName: codec.js
  examples:
    - description: mild
      input: {fPort: 1, bytes: [0x64, 215]}
      output: {data: {temperature: 21.5, battery: 100}}
    - description: another port
      input: {fPort: 2, bytes: [1]}
      output: {errors: [unknown FPort]}
"""


def write(root: Path, files: dict[str, str]) -> None:
    """Write files, taking away common indentation."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), "utf-8")


def device(name: str, *codecs: str, region: str = "EU863-870", profile: str = "id: class-a") -> str:
    """A device with a firmware for each codec, the oldest first."""
    firmwares = "".join(
        f"  - version: 1.{number}0\n    numeric: {number}\n    profiles:\n"
        f"      {region}: {{{profile}{f', codec: {codec}' if codec else ''}}}\n"
        for number, codec in enumerate(codecs)
    )
    return f"name: {name}\ndescription: A {name}\nfirmwareVersions:\n{firmwares}"


def ttn_checkout(root: Path) -> Path:
    """A repository like The Things Network's: nineteen devices, one of each irregularity."""
    plain = "supportsClassB: false\nsupportsClassC: false\nmacVersion: 1.0\nsupportsJoin: true\n"
    devices = {
        "sound": device("Sound", "sound-codec", region="US902-928") + "    # no EU band\n",
        "firmwares": device("Firmwares", "sound-codec", "stored-codec"),
        "no-examples": device("No examples", "bare-codec"),
        "foreign-examples": device("Foreign examples", "foreign-codec"),
        "broken-yaml": device("Broken", "broken-codec"),
        "twice": device("Twice", "twice-codec"),
        "octal": device("Octal", "octal-codec"),
        "legacy": device("Legacy", "legacy-codec"),
        "sloppy": device("Sloppy", "sloppy-codec"),
        "syntax": device("Syntax error", "syntax-codec"),
        "empty": device("Empty codec", "empty-codec"),
        "extends": device("Extends built-ins", "extends-codec"),
        "module": device("Module", "module-codec"),
        "no-codec": device("No codec", ""),
        "no-decoder": device("No decoder", "downlink-codec"),
        "normalized": device("Normalized", "normalized-codec", profile="vendorID: other, id: c"),
        "strings": device("Strings", "strings-codec") + "sensors: [moisture]\n",
        "broken-device": "name: [unclosed\n",
        "unlisted": device("Unlisted", "sound-codec"),
    }
    listed = [name for name in devices if name != "unlisted"]
    write(root / "vendor", {f"acme/{name}.yaml": text for name, text in devices.items()})
    write(root / "vendor", {
        "index.yaml": """
            vendors:
              - {id: acme, name: Acme Sensors}
              - {id: other, name: Other}
              - {id: ghost, name: Has no folder}
              - {id: example, name: Example, draft: true}
            """,
        "acme/index.yaml": "endDevices:\n" + "".join(f"  - {n}\n" for n in [*listed, "missing"]),
        "example/index.yaml": "endDevices: [windsensor]\n",
        "acme/class-a.yaml": plain,
        "other/c.yaml": plain.replace("ClassC: false", "ClassC: true").replace("1.0", "1.1"),
        "acme/codec.js": CODEC,
        "acme/sound-codec.yaml": SOUND,
        "acme/bare-codec.yaml": "uplinkDecoder:\n  fileName: codec.js\n  # examples:\n",
        "acme/foreign-codec.yaml": SOUND.replace(
            "{temperature: 21.5, battery: 100}", "{BatV: 3.062, TempC_SHT: '28.29'}"
        ),
        "acme/broken-codec.yaml": SOUND + "  examples: [\n",
        "acme/twice-codec.yaml": SOUND + "  examples:\n    - {description: w, input: {fPort: 1, "
        "bytes: [1, 10]}, output: {data: {battery: 1, temperature: 1}}}\n",
        "acme/octal-codec.yaml": """
            uplinkDecoder:
              fileName: ./CODEC.js
              examples:
                - description: leading zeros, a date, a trailing comma
                  type: extra
                  input: {fPort: 1, bytes: [010, 08], recvTime: 2025-03-20T10:00:00.000+02:00}
                  output: {data: {battery: "10,", temperature: 0.8}, warnings: []}
            """,
        "acme/legacy-codec.yaml": SOUND.replace("codec.js", "payload/legacy.js"),
        "acme/payload/legacy.js": """
            function Decoder(bytes, port) {
              if (port !== 1) throw new Error("unknown FPort");
              return { battery: bytes[0], temperature: bytes[1] / 10 };
            }
            """,
        "acme/sloppy-codec.yaml": SOUND.replace("codec.js", "sloppy.js"),
        "acme/sloppy.js": CODEC.replace("return { data", "bat = input.bytes[0]; return { data")
        .replace("battery: input.bytes[0]", "battery: bat"),
        "acme/syntax-codec.yaml": SOUND.replace("codec.js", "syntax.js"),
        "acme/syntax.js": "function decodeUplink(input) { return {data: {a: 1 }\n",
        "acme/empty-codec.yaml": SOUND.replace("codec.js", "empty.js"),
        "acme/empty.js": "// to be done\n",
        "acme/extends-codec.yaml": SOUND.replace("codec.js", "extends.js"),
        "acme/extends.js": "Object.prototype.first = function () { return this[0] };\n"
        + CODEC.replace("input.bytes[0]", "input.bytes.first()"),
        "acme/module-codec.yaml": SOUND.replace("codec.js", "module.js"),
        "acme/module.js": CODEC.replace("function", "export function", 1)
        + "export { decodeUplink };\n",
        "acme/downlink-codec.yaml": "downlinkEncoder:\n  fileName: codec.js\n",
        "acme/stored-codec.yaml": SOUND.replace("codec.js", "stored.js").replace("mild", "kept")
        .replace("[0x64, 215]", "'64 D7'"),
        "acme/stored.js": CODEC,
        "acme/normalized-codec.yaml": SOUND.replace("codec.js", "normalized.js")
        .replace("{temperature: 21.5, battery: 100}", "{a: 21.5, b: 100}"),
        "acme/normalized.js": CODEC.replace("battery:", "b:").replace("temperature:", "a:") + """
            function normalizeUplink(input) {
              return { data: [{ air: { temperature: input.data.a } }] };
            }
            """,
        "acme/strings-codec.yaml": """
            uplinkDecoder:
              fileName: strings.js
              examples:
                - description: texts and lists
                  input: {fPort: 1, bytes: [1]}
                  output:
                    data:
                      Bat: "3.6 V"
                      water_SOIL: "19.57"
                      temp_SOIL: 12.5
                      messages:
                        - {measurementId: 4102, type: Air Temperature, measurementValue: 21.5}
                      alarm_status: 1
            """,
        "acme/strings.js": """
            const decodeUplink = (input) => ({data: {
              Bat: "3.6 V", water_SOIL: "19.57", temp_SOIL: 12.5,
              messages: [{measurementId: 4102, type: "Air Temperature", measurementValue: 21.5}],
              alarm_status: 1,
            }});
            """,
    })  # fmt: skip
    return root


def chirpstack_checkout(root: Path) -> Path:
    """A repository like ChirpStack's, with what is irregular there."""

    def device_of(codec: str, name: str) -> str:
        codec_line = f'codec = "{codec}"\n' if codec else ""
        return (
            f'[device]\nid = "x"\nname = "{name}"\ndescription = "A {name}"\n'
            f'[[device.firmware]]\nversion = "1.0"\nprofiles = ["EU868-1_0_3.toml"]\n{codec_line}'
            '[device.metadata]\nproduct_url = "https://acme.example/x"\n'
        )

    example = (
        '[{"name": "mild", "input": {"fPort": 1, "bytes": [100, 215]},'
        ' "expected": {"data": {"battery": 100, "temperature": 21.5}}}]'
    )
    write(root / "vendors" / "acme", {
        "vendor.toml": '[vendor]\nname = "Acme Sensors"\n',
        "profiles/EU868-1_0_3.toml": '[profile]\nmac_version = "1.0.0"\nsupports_otaa = true\n'
        "supports_class_c = true\n",
        "devices/sound.toml": device_of("codec.js", "Sound"),
        "devices/Upper Case.toml": device_of("ranged-0-1.js", "Upper Case"),
        "devices/hex.toml": device_of("hex.js", "Hex"),
        "devices/none.toml": device_of("none.js", "None"),
        "devices/no-codec.toml": device_of("", "No codec"),
        "devices/lost.toml": device_of("lost.js", "Lost"),
        "devices/broken.toml": "[device\n",
        "codecs/codec.js": CODEC,
        "codecs/test_decode_codec.json": example,
        "codecs/hex.js": CODEC,
        "codecs/test_decode_hex.json": example.replace('"fPort": 1', '"fPort": 0x01'),
        "codecs/none.js": CODEC,
        "codecs/test_decode_none.json": "[]",
        "codecs/ranged-0-1.js": CODEC.replace("/ 10", "/ Number(input.variables.range)"),
        "codecs/test_decode_ranged.json": example.replace(
            '"fPort": 1,', '"fPort": 1, "variables": {"range": "10"},'
        ),
    })  # fmt: skip
    write(root / "vendors" / "example-vendor", {"devices/x.toml": device_of("codec.js", "X")})
    return root
