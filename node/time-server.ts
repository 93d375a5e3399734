import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { Clock } from './clock.js'
import { Failure, fail } from './errors.js'

const PORT = 123
const PACKET_BYTES = 48
/** From 1 January 1900 (RFC 5905 §6) to that of 1970. */
const ERA_SECONDS = 2_208_988_800
const TIMEOUT_MS = 4000
const TRANSMIT_AT = 40
const RECEIVE_AT = 32
const ORIGIN_AT = 24

/**
 * How far our clock is from a time server's (SNTP, RFC 4330 §5), milliseconds; positive: ours is ahead. `server` is a
 * name or address, with `:port` where it is not 123. Throws where no usable answer comes.
 */
export async function askTimeServer(
  server: string,
  clock: Clock,
  signal?: AbortSignal,
): Promise<{ skewMs: number }> {
  const { host, port } = placeOf(server)
  const { address, family } = await lookup(host)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  try {
    const ask = Buffer.alloc(PACKET_BYTES)
    ask[0] = 0b00_100_011 // no warning, version 4, client
    const sentAt = clock.now()
    writeStamp(ask, TRANSMIT_AT, sentAt)
    const ending = [AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]
    const answered = once(socket, 'message', { signal: AbortSignal.any(ending) })
    socket.connect(port, address, () => socket.send(ask))
    const [answer] = (await answered.catch(thrown => {
      throw new Failure('timeout', `no answer within ${TIMEOUT_MS / 1000} s`, [], thrown)
    })) as [Buffer]
    const heardAt = clock.now()
    const mode = (answer[0] ?? 0) & 0b111
    const stratum = answer[1] ?? 0
    if (answer.length < PACKET_BYTES || mode !== 4) fail('invalid', 'it does not speak NTP')
    if (stratum === 0 || stratum > 15) fail('unavailable', 'it does not know the time itself')
    // Somebody else's packet does not know what we sent.
    if (!answer.subarray(ORIGIN_AT, ORIGIN_AT + 8).equals(ask.subarray(TRANSMIT_AT, TRANSMIT_AT + 8)))
      fail('invalid', 'its answer is not to our question')
    const ahead = readStamp(answer, RECEIVE_AT) - sentAt + (readStamp(answer, TRANSMIT_AT) - heardAt)
    return { skewMs: Math.round(-ahead / 2) || 0 }
  } finally {
    socket.close()
  }
}

function placeOf(server: string): { host: string; port: number } {
  const [, host = server, port] = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(server) ?? []
  // An IPv6 address without brackets is all address.
  if (port !== undefined && host.includes(':') && !server.startsWith('[')) return { host: server, port: PORT }
  return { host, port: port === undefined ? PORT : Number(port) }
}

function writeStamp(packet: Buffer, at: number, ms: number): void {
  packet.writeUInt32BE(Math.floor(ms / 1000) + ERA_SECONDS, at)
  packet.writeUInt32BE(Math.floor(((ms % 1000) / 1000) * 2 ** 32), at + 4)
}

function readStamp(packet: Buffer, at: number): number {
  return (packet.readUInt32BE(at) - ERA_SECONDS) * 1000 + (packet.readUInt32BE(at + 4) / 2 ** 32) * 1000
}
