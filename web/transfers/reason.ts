/**
 * What a failure's exact words mean for the person who reads them. The words are those of the network and of the
 * other PACS; they stay beside the sentence, for whoever is called.
 */
export type ReasonName =
  | 'port-closed'
  | 'host-unknown'
  | 'unreachable'
  | 'called-ae'
  | 'calling-ae'
  | 'busy'
  | 'tls'
  | 'refused'
  | 'unlisted'
  | 'partial'
  | 'silent'
  | 'aborted'
  | 'hours'
  | 'overtaken'
  | 'full'
  | 'encoding'

const meanings: [RegExp, ReasonName][] = [
  [/hours of its route/, 'hours'],
  [/more urgent transfer/, 'overtaken'],
  [/not take this kind of object/, 'encoding'],
  [/out of resources/i, 'full'],
  [/ECONNREFUSED/, 'port-closed'],
  [/ENOTFOUND|EAI_AGAIN/, 'host-unknown'],
  [/EHOSTUNREACH|ENETUNREACH/, 'unreachable'],
  [/called[- ]AE/i, 'called-ae'],
  [/calling[- ]AE/i, 'calling-ae'],
  [/congestion|local limit|too many/i, 'busy'],
  [/instances were refused/, 'refused'],
  [/not yet listed/, 'unlisted'],
  [/not taken yet/, 'partial'],
  [/\bTLS\b|certificate/i, 'tls'],
  [/timed? ?out|within \d+ ms|no answer|no connection/i, 'silent'],
  [/abort|closed|ECONNRESET|EPIPE/i, 'aborted'],
]

export function meaningOf(reason: string): ReasonName | undefined {
  return meanings.find(([pattern]) => pattern.test(reason))?.[1]
}
