import { z } from 'zod'
import { isRange } from './addresses.js'
import { flag, KiB, MiB, minute, optional, port, second, secret, text, whole } from './setting-kinds.js'

export const http = z
  .strictObject({
    host: text('127.0.0.1', 'Address the screens are served on; 0.0.0.0 or :: for every interface.'),
    port: port(8080, 'Port of the screens; 0 takes any free one.'),
    publicUrl: optional(
      'Address people type, e.g. https://relais.example.org: used in letters and to recognise our own pages. Never taken from a request.',
    ),
    certificateFile: optional(
      'PEM certificate chain: with keyFile the node itself serves HTTPS. Both are read again when they change, or on SIGHUP.',
    ),
    keyFile: optional('PEM private key of certificateFile; a file everybody can read is refused.'),
    redirectPort: z
      .int()
      .min(1)
      .max(65_535)
      .nullable()
      .default(null)
      .describe('Port that sends whoever comes by http:// to publicUrl and does nothing else, e.g. 80.'),
    trustedProxies: z
      .array(z.string().trim().refine(isRange, 'is no address or CIDR range'))
      .max(16)
      .default([])
      .describe(
        'Addresses or ranges (CIDR) of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; everybody else is who they are.',
      ),
    plainOnNetwork: flag(
      false,
      'Lets the screens be served to other machines without TLS and without a trusted proxy: passwords and images then cross the network in the clear.',
    ),
    bodyMaxBytes: whole(MiB, KiB, 64 * MiB, 'Largest JSON body of a request, unless its route says less.'),
    headerMaxBytes: whole(16 * KiB, 4 * KiB, 64 * KiB, 'All header fields of a request together.'),
    headerFieldsMax: whole(100, 20, 1000, 'Header fields of a request.'),
    headerTimeoutMs: whole(10 * second, second, 2 * minute, 'Time for the header of a request to arrive.'),
    requestTimeoutMs: whole(minute, second, 60 * minute, 'Time for a whole request to arrive.'),
    keepAliveTimeoutMs: whole(15 * second, second, 10 * minute, 'Time an unused connection stays open.'),
    maxConnections: whole(8192, 16, 65_536, 'Connections at once; the next one is refused.'),
    maxConnectionsPerAddress: whole(
      256,
      4,
      65_536,
      'The same from one address; this machine and trusted proxies are not counted.',
    ),
    requestsAtOnce: whole(512, 8, 65_536, 'Requests being answered at once; the next one is told to wait.'),
    pipelinedMax: whole(
      32,
      1,
      1000,
      'Requests of one connection that wait for their answers; then it is closed.',
    ),
    jsonDepthMax: whole(32, 8, 256, 'How deep objects and lists of a JSON body may lie in one another.'),
    anonymousPerMinute: whole(
      600,
      10,
      1_000_000,
      'Calls of the interface without a session or token, a minute, per address.',
    ),
    sessionPerMinute: whole(30_000, 100, 10_000_000, 'Calls of one session, a minute.'),
    tokenPerMinute: whole(6000, 10, 10_000_000, 'Calls with one token, a minute.'),
    signInsPerMinute: whole(10, 1, 1000, 'Attempts to sign in, a minute, per account and address.'),
    signInsPerAddressPerMinute: whole(60, 1, 10_000, 'Failed attempts to sign in, a minute, per address.'),
    passwordChecksAtOnce: whole(2, 1, 16, 'Passwords hashed at the same time: 64 MiB of memory each.'),
    passwordQueueMax: whole(
      64,
      1,
      10_000,
      'Passwords that may wait for their turn; the next one is refused.',
    ),
    idempotencyHours: whole(24, 1, 168, 'How long the answer to an Idempotency-Key is remembered.'),
    metricsToken: secret('Bearer token that opens /metrics from afar; without it only this machine may ask.'),
    maxSockets: whole(2048, 1, 65_536, 'Live connections of browsers at once.'),
    socketPayloadMaxBytes: whole(64 * KiB, KiB, 64 * KiB, 'Largest message a browser may send.'),
    socketBufferMaxBytes: whole(MiB, 64 * KiB, 64 * MiB, 'Unread bytes after which a slow socket is closed.'),
    socketRecheckMs: whole(
      30 * second,
      50,
      5 * minute,
      'How often a live connection asks whether its session still stands.',
    ),
    socketPingMs: whole(
      25 * second,
      50,
      5 * minute,
      'How often a live connection is tested; one miss closes it.',
    ),
  })
  .describe('The screens, the programming interface and the live connection.')
