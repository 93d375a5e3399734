import test from 'ava'
import { contextResult } from '../../node/dicom/network/negotiation.js'
import { type AssociateAccept, pduType } from '../../node/dicom/network/pdu.js'
import { SOPClass, storageSOPClasses, TransferSyntax } from '../../node/dicom/uids.js'
import type { Conformance } from '../../node/peers/conformance.js'
import { openNode, peerOf, SITES } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { associateRequest, call } from '../support/raw-association.js'

const RIGHTS = ['echo', 'store', 'find', 'move', 'get', 'commit'] as const
const CONTEXTS_MAX = 128

test.serial(
  'what the statement says is accepted on the wire, for each right, and nothing else is',
  async t => {
    const node = await openNode(t, {
      network: {
        sites: SITES,
        peers: RIGHTS.map(right =>
          peerOf(`may-${right}`, 'nord', `MAY${right.toUpperCase()}`, 4242, { may: [right] }),
        ),
      },
    })
    const answer = await fetch(`${node.addresses.http}/conformance?format=json`)
    const statement = (await answer.json()) as Conformance
    const unstated = [
      ...[
        SOPClass.PatientRootFind,
        SOPClass.PatientRootMove,
        SOPClass.PatientRootGet,
        SOPClass.ModalityWorklistFind,
      ],
      ...['1.2.840.10008.5.1.1.9', '1.2.840.10008.3.1.2.3.3', '1.2.840.10008.1.20.2', '1.2.3.4'],
    ]
    const everything = [
      ...new Set([
        ...statement.services.flatMap(({ sopClasses }) => sopClasses.map(({ uid }) => uid)),
        ...unstated,
      ]),
    ]

    const offer = async (right: string, pairs: (readonly [string, string])[]) => {
      const accepted = new Set<string>()
      for (let at = 0; at < pairs.length; at += CONTEXTS_MAX) {
        const some = pairs.slice(at, at + CONTEXTS_MAX)
        const peer = await call(t, node.addresses.dicom)
        peer.say(
          associateRequest({
            callingAETitle: `MAY${right.toUpperCase()}`,
            contexts: some.map(([abstractSyntax, syntax], index) => ({
              ...{ id: index * 2 + 1, abstractSyntax, transferSyntaxes: [syntax] },
            })),
          }),
        )
        const accept: AssociateAccept = await peer.hears(pduType.associateAccept)
        for (const { id, result } of accept.contexts)
          if (result === contextResult.accepted)
            accepted.add((some[(id - 1) / 2] as readonly [string, string]).join(' '))
        peer.say({ type: pduType.abort, source: 0, reason: 0 })
      }
      return accepted
    }

    for (const right of RIGHTS) {
      const open = statement.services.filter(service => service.right === right)
      t.true(open.length > 0, right)
      const syntaxes = [
        ...[TransferSyntax.ImplicitVRLittleEndian, TransferSyntax.ExplicitVRLittleEndian],
        TransferSyntax.JPEG2000Lossless,
      ]
      const pairs = everything.flatMap(uid => syntaxes.map(syntax => [uid, syntax] as const))
      const stated = pairs.filter(([uid, syntax]) =>
        open.some(
          ({ sopClasses, transferSyntaxes }) =>
            sopClasses.some(each => each.uid === uid) &&
            (transferSyntaxes === 'any' || transferSyntaxes.some(each => each.uid === syntax)),
        ),
      )
      const accepted = await offer(right, pairs)
      t.deepEqual([...accepted].sort(), stated.map(pair => pair.join(' ')).sort(), right)
    }
    const syntaxes = statement.storedTransferSyntaxes.map(
      ({ uid }) => [SOPClass.CTImageStorage, uid] as const,
    )
    t.is((await offer('store', syntaxes)).size, syntaxes.length, 'any transfer syntax of an image')
  },
)

test.serial(
  'the statement is one text for everybody: by command and at its address, as Markdown and as a value, without secrets',
  async t => {
    const node = await openNode(t, {
      network: {
        sites: SITES,
        peers: [peerOf('canary-pacs', 'nord', 'CANARYAE', 4242, { host: '127.0.0.99' })],
      },
    })
    const env = { RELAIS_DATA_DIR: node.folder }
    const [page, said] = await Promise.all([
      fetch(`${node.addresses.http}/conformance`),
      relais(['conformance'], env),
    ])
    t.is(page.status, 200)
    t.regex(page.headers.get('content-type') ?? '', /^text\/markdown/)
    const text = await page.text()
    t.is(said.code, 0, said.stderr)
    // Ports differ: the node under test listens on any.
    const without = (statement: string) => statement.replace(/\| Port.*\|/g, '')
    t.is(without(said.stdout), without(text))
    for (const part of [
      '## 1 Overview',
      '## 3 Networking',
      '## 4 Media interchange',
      '## 5 Support of character sets',
      '## 6 Security',
      '## 7 Annexes',
      'C-STORE',
      'A700',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      ...[...storageSOPClasses.keys()].slice(0, 5),
    ])
      t.true(text.includes(part), part)
    for (const secret of ['CANARY', 'canary', '127.0.0.99', node.folder, 'nord'])
      t.false(text.includes(secret), secret)
  },
)
