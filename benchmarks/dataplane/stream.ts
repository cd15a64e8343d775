/**
 * One TCP connection that is as full as it gets.
 *
 * Runs in a pod's namespace. `stream.ts serve PORT` takes what comes; `stream.ts send ADDRESS PORT` prints `ready`, and for each
 * line `MILLISECONDS` on standard input sends for so long, and prints the bytes that went. Ends with its standard input.
 */
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

const [role, ...rest] = process.argv.slice(2)
if (role === 'serve') serve(Number(rest[0]))
else send(connect(Number(rest[1]), rest[0]))

function serve(port: number): void {
  createServer((socket) => socket.resume()).listen(port, () => console.log('ready'))
  process.stdin.once('end', () => process.exit()).resume()
}

function send(socket: Socket): void {
  socket.once('connect', () => console.log('ready'))
  createInterface({ input: process.stdin })
    .on('line', async (line) => console.log(await sendFor(socket, Number(line))))
    .on('close', () => process.exit())
}

async function sendFor(socket: Socket, milliseconds: number): Promise<number> {
  const chunk = Buffer.alloc(256 * 1024)
  const end = performance.now() + milliseconds
  let bytes = 0
  while (performance.now() < end) {
    await new Promise((resolve) => socket.write(chunk, resolve))
    bytes += chunk.length
  }
  return bytes
}
