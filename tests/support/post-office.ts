import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { SMTPServer } from 'smtp-server'

/** A mail server that lives through everything: what came, in order. */
export async function openPostOffice(t: Pick<ExecutionContext, 'teardown'>) {
  const letters: { messageId: string; to: string }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData: (stream, session, done) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const [, messageId = ''] = /^message-id: (\S+)/im.exec(Buffer.concat(parts).toString('latin1')) ?? []
        letters.push({ messageId, to: session.envelope.rcptTo[0]?.address ?? '' })
        done()
      })
    },
  })
  server.on('error', () => undefined) // whoever is killed while it talks is no matter
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.teardown(() => new Promise<void>(resolve => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  /** Of a node that sends its letters here. */
  const settings = { RELAIS_MAIL_CAPTURED: 'false', RELAIS_SMTP_URL: `smtp://127.0.0.1:${port}` }
  return { letters, settings }
}
