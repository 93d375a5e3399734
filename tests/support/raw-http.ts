import { connect, type Socket } from 'node:net'

/** What came back over one connection until it was closed. */
export interface Heard {
  /** The status of every answer, in order. */
  statuses: number[]
  text: string
}

export interface Way {
  port: number
  host?: string
  /** From which address of this machine. */
  localAddress?: string
}

export function dial({ port, host = '127.0.0.1', localAddress }: Way): Socket {
  const socket = connect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) })
  socket.on('error', () => undefined) // being cut off is what attackers are for
  return socket
}

/** Says exactly these bytes and listens until the other side closes, or nothing came for so long. */
export function shout(way: Way, bytes: string | Buffer, quietMs = 10_000): Promise<Heard> {
  return new Promise(resolve => {
    const socket = dial(way)
    const chunks: Buffer[] = []
    socket.setTimeout(quietMs, () => socket.destroy())
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1')
      resolve({
        statuses: [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(match => Number(match[1])),
        text,
      })
    })
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  })
}

/** A head and, after it, a body; `Connection: close` so that the answer ends the conversation. */
export function request(line: string, headers: readonly string[] = [], body: string | Buffer = ''): Buffer {
  const head = [`${line} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)])
}

/** A frame of a WebSocket (RFC 6455 §5.2) with any bits and any declared length. */
export function frame(options: {
  opcode: number
  fin?: boolean
  reserved?: number
  masked?: boolean
  declared?: bigint
  payload?: Buffer
}): Buffer {
  const { opcode, fin = true, reserved = 0, masked = true, payload = Buffer.alloc(0) } = options
  const length = options.declared ?? BigInt(payload.length)
  const head = Buffer.alloc(10)
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const mask = masked ? 0x80 : 0
  let size = 2
  if (length < 126n) head[1] = mask | Number(length)
  else if (length < 65_536n) {
    head[1] = mask | 126
    head.writeUInt16BE(Number(length), 2)
    size = 4
  } else {
    head[1] = mask | 127
    head.writeBigUInt64BE(length, 2)
    size = 10
  }
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head.subarray(0, size), masked ? Buffer.alloc(4) : Buffer.alloc(0), payload])
}
