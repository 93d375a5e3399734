import anyTest, { type TestFn } from 'ava'
import { WebSocket } from 'ws'
import { may, mayAttempt, mayBeGiven } from '../../node/accounts/permissions.js'
import { rightsToGive } from '../../node/accounts/token.js'
import type { Action, NewTokenView } from '../../node/accounts/view.js'
import { type LiveRow, liveFacts } from '../../node/program/live-table.js'
import { type House, openHouse, type Persona } from '../support/matrix-house.js'
import { openUndo } from '../support/web-house.js'

const test = anyTest.serial as TestFn<{ house: House; study: string; request: string }>
const undo = openUndo()

test.before(async t => {
  t.timeout(240_000)
  const house = await openHouse(undo)
  const shared = await house.make.shared()
  const { id: request } = await house.make.request()
  t.context = { house, study: shared.more?.['internal'] ?? '', request }
})
test.after.always(undo.run)

const SYSTEM = { by: 'system', part: 'test' } as const
/** Of what the table knows parties to: whose request, study and transfer it is. */
const WITH_PARTIES: readonly Action[] = [
  'request.see',
  'conversation.see',
  'critical.see',
  'study.see',
  'transfer.see',
]
/** Of a fact that nobody in the node acts on. */
const typeOf = ({ prefix }: LiveRow) => `${prefix}essai`

/** One fact of every row about what is nord's, shared with lecture; `account` is whose it is, where it is somebody's. */
function factsOf(t: { study: string; request: string }, account: string) {
  return liveFacts.map(row => ({
    type: typeOf(row),
    site: 'nord',
    ids: {
      ...Object.fromEntries(liveFacts.map(({ id }) => [id, `${id}_essai`])),
      ...{ account, request: t.request, study: t.study, peer: 'lecture-pacs' },
    },
    body: {},
  }))
}

/** A socket and all it hears, until `end` fits. */
async function listen(house: House, headers: Record<string, string>, path = '/ws') {
  const { http } = house.node.addresses
  const ws = new WebSocket(`${http.replace('http', 'ws')}${path}`, { headers: { origin: http, ...headers } })
  const heard: Record<string, unknown>[] = []
  let wake = () => {}
  ws.on('message', data => {
    heard.push(JSON.parse(String(data)))
    wake()
  })
  await new Promise((resolve, reject) => ws.once('message', resolve).once('error', reject))
  return {
    heard,
    close: () => ws.terminate(),
    until: (end: (message: Record<string, unknown>) => boolean) =>
      new Promise<void>(resolve => {
        wake = () => {
          if (heard.some(end)) resolve()
        }
        wake()
      }),
  }
}

/** What the table says, read apart from the program. */
function isTold(row: LiveRow, { role, place }: Pick<Persona, 'role' | 'place'>, rights?: readonly Action[]) {
  return row.actions.some(action => {
    const party = place === 'lecture' && WITH_PARTIES.includes(action)
    const relation = place === 'nord' || place === 'node' ? 'own' : party ? 'party' : 'foreign'
    return may(role, action, relation) && rights?.includes(action) !== false
  })
}

test('every kind of fact × every role × own, party, former and foreign: the live connection tells what its table says, and no more', async t => {
  t.timeout(120_000)
  const { house } = t.context
  const { journal, db } = house.node.services
  const whose = house.who('referrer', 'nord')
  const lines = await Promise.all(
    house.people.map(async by => ({ by, line: await listen(house, { cookie: by.cookie }) })),
  )
  const head = await journal.head()
  await db.write(async tx => {
    for (const fact of factsOf(t.context, whose.account)) await journal.append(tx, fact, SYSTEM)
    // What is anybody's own ends what each is told.
    for (const { account } of house.people)
      await journal.append(tx, { type: 'notice-fin', site: 'nord', ids: { account }, body: {} }, SYSTEM)
  })
  const faults: string[] = []
  let cells = 0
  for (const { by, line } of lines) {
    await line.until(({ kind }) => kind === 'notice-fin')
    line.close()
    const facts = line.heard.filter(({ seq, kind }) => Number(seq) > head && String(kind).endsWith('essai'))
    const told = facts.map(({ kind }) => String(kind)).sort()
    const expected = liveFacts
      .filter(row => {
        cells++
        if (row.personal !== undefined && by === whose) return true
        return row.personal !== 'only' && isTold(row, by)
      })
      .map(typeOf)
      .sort()
    if (JSON.stringify(told) !== JSON.stringify(expected))
      faults.push(`${by.role} of ${by.place}: told ${told.join(' ')} | table ${expected.join(' ')}`)
    // Beside what it is about, a screen is told when it is its turn to read again: a number of milliseconds.
    for (const message of line.heard)
      if (Object.keys(message).some(key => !['seq', 'kind', 'id', 'turn'].includes(key)))
        faults.push(`${by.role} of ${by.place}: ${JSON.stringify(message)} says more than a kind and an id`)
    if (line.heard.filter(({ kind }) => kind === 'notice-fin').length !== 1)
      faults.push(`${by.role} of ${by.place} hears what is another’s own`)
  }
  t.log(`${cells} cells, ${lines.length} connections`)
  t.deepEqual(faults, [])
})

test('who no longer takes part hears, when they come back, of what ended it and of nothing since; who never did, of nothing', async t => {
  const { house, request } = t.context
  const { journal, db } = house.node.services
  const facts = (await journal.read({ limit: 5000 })).filter(({ ids }) => ids['request'] === request)
  const ended = facts.find(({ type }) => type === 'request-rerouted')?.seq ?? 0
  t.true(ended > 0 && facts.some(({ seq }) => seq > ended))
  const hears = async (by: Persona) => {
    const line = await listen(house, { cookie: by.cookie }, '/ws?since=0')
    const { account } = by
    const fact = { type: 'notice-encore', site: 'nord', ids: { account }, body: {} }
    await db.write(tx => journal.append(tx, fact, SYSTEM))
    await line.until(({ kind }) => kind === 'notice-encore')
    line.close()
    return line.heard.filter(({ id }) => id === request).map(({ seq }) => Number(seq))
  }
  const former = await hears(house.who('radiologist', 'avant'))
  t.true(former.includes(ended))
  t.deepEqual(
    former.filter(seq => seq > ended),
    [],
  )
  t.true((await hears(house.who('radiologist', 'lecture'))).some(seq => seq > ended))
  t.deepEqual(await hears(house.who('radiologist', 'sud')), [])
  t.deepEqual(await hears(house.who('administrator', 'nord')), [], 'who keeps a site sees no request')
})

test('a program hears of what its one right lets it know, and of nothing else of its maker’s', async t => {
  t.timeout(120_000)
  const { house } = t.context
  const { journal, db } = house.node.services
  const makers = [house.who('technician', 'nord'), house.who('administrator', 'nord')]
  const asked = [...new Set(liveFacts.flatMap(({ actions }) => actions))]
  const lines: { maker: Persona; right: Action; id: string; line: Awaited<ReturnType<typeof listen>> }[] = []
  for (const maker of makers)
    for (const right of asked.filter(each => rightsToGive(maker.role).includes(each))) {
      const body = { name: right, rights: [right] }
      const { token, id } = await house.done<NewTokenView>(maker, 'POST', '/api/tokens', body)
      const line = await listen(house, { authorization: `Bearer ${token}` })
      lines.push({ maker, right, id, line })
    }
  t.deepEqual(
    asked.filter(right => mayBeGiven(right) && !lines.some(each => each.right === right)),
    [],
  )
  await db.write(async tx => {
    for (const fact of factsOf(t.context, makers[0]?.account ?? '')) await journal.append(tx, fact, SYSTEM)
    // A token is nobody's account; of what bears its own id it hears, which ends its list here.
    for (const { id } of lines)
      await journal.append(tx, { type: 'notice-fin', site: 'nord', ids: { account: id }, body: {} }, SYSTEM)
  })
  for (const { maker, right, line } of lines) {
    await line.until(({ kind }) => kind === 'notice-fin')
    line.close()
    const told = line.heard.map(({ kind }) => String(kind)).filter(kind => kind.endsWith('essai'))
    const expected = liveFacts
      .filter(row => row.personal !== 'only' && isTold(row, maker, [right]))
      .map(typeOf)
    t.deepEqual(told.sort(), expected.sort(), `${right} of ${maker.role}`)
    t.true(expected.length > 0 || !mayAttempt(maker.role, right) || right === 'notice.see', right)
  }
})
