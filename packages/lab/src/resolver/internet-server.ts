/** `node internet-server.ts PORT`: takes connections at all addresses of its namespace, echoes, and prints `ready`. */
import { createServer } from 'node:net'

const [port = '443'] = process.argv.slice(2)
const server = createServer((socket) => {
  socket.on('error', () => socket.destroy())
  socket.pipe(socket)
})
server.listen({ port: Number(port), host: '::', backlog: 4096 }, () => console.log('ready'))
process.stdin.once('end', () => process.exit()).resume()
