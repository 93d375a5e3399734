import { readFileSync } from 'node:fs'
import anyTest, { type TestFn } from 'ava'
import { may, mayAttempt } from '../../node/accounts/permissions.js'
import type { Action, Relation } from '../../node/accounts/view.js'
import { FORM } from '../support/act.js'
import { arrive } from '../support/arriving.js'
import { CASES, type Case, KINDS, type Kind, OF_THE_SESSION, PUBLIC } from '../support/matrix-calls.js'
import {
  type Answer,
  type House,
  openHouse,
  type Persona,
  type Place,
  relationAt,
  type Thing,
} from '../support/matrix-house.js'
import { openThings } from '../support/matrix-things.js'
import { temporary } from '../support/node.js'
import { studyUid, writePhantom } from '../support/phantoms.js'
import { scaled } from '../support/scale.js'
import { openUndo } from '../support/web-house.js'

interface Scene {
  house: House
  things: Awaited<ReturnType<typeof openThings>>
}
const test = anyTest.serial as TestFn<Scene>
const undo = openUndo()

test.before(async t => {
  t.timeout(240_000)
  const house = await openHouse(undo)
  t.context = { house, things: await openThings(house) }
})
test.after.always(undo.run)

/** Written down when a work is done that an allowed cell began. */
const BEGUN_BEFORE = ['node-examined', 'objects-verified', 'alert-ended']

/** The calls that ask the table, the events of a request one by one. */
function callsOf({ node }: House) {
  return node.calls
    .filter(({ action }) => !['public', 'session', 'local'].includes(action))
    .flatMap(call => {
      const name = `${call.method} ${call.path}`
      const events = Object.keys(CASES).filter(key => key.startsWith(`${name}=`))
      return (events.length > 0 ? events : [name]).map(key => ({
        key,
        method: call.method === '*' ? 'POST' : call.method,
        path: key.includes('=') ? call.path.replace(':event', key.split('=')[1] ?? '') : call.path,
        action: call.action as Action,
      }))
    })
}
type Called = ReturnType<typeof callsOf>[number]

test('every address of the door is for anybody, for who is signed in, or has its rows in the matrix', t => {
  const { house } = t.context
  const named = (action: string) =>
    house.node.calls
      .filter(call => call.action === action)
      .map(({ method, path }) => `${method} ${path}`)
      .sort()
  t.deepEqual(named('public'), PUBLIC)
  t.deepEqual(named('session'), OF_THE_SESSION)
  t.deepEqual(named('local'), ['GET /metrics'])
  const keys = callsOf(house).map(({ key }) => key)
  t.deepEqual(
    keys.filter(key => CASES[key] === undefined),
    [],
    'without a case in tests/support/matrix-calls.ts',
  )
  t.deepEqual(
    Object.keys(CASES).filter(key => !keys.includes(key)),
    [],
    'a case without a call',
  )
})

test('who is not signed in, or has a token without the right, is refused everywhere in the same words', async t => {
  const { house, things } = t.context
  const limited = { bearer: things.things.token.more?.['secret'] ?? '' }
  const refusals = new Set<string>()
  for (const call of callsOf(house)) {
    const anonymous = await make(house, call, {}, things.things)
    t.is(anonymous.status, 401, call.key)
    refusals.add(anonymous.text)
    if (call.action === 'site.see') continue
    t.is((await make(house, call, limited, things.things)).status, 403, call.key)
  }
  // Once as a problem, and once more in the form that programs which speak FHIR read.
  t.is(refusals.size, 2)
  t.is([...refusals].filter(text => text.includes('OperationOutcome')).length, 1)
  for (const key of OF_THE_SESSION.filter(each => each !== 'GET /ws')) {
    const [method = '', path = ''] = key.split(' ')
    t.is((await house.ask({}, method, path)).status, 401, key)
    t.is((await house.ask(limited, method, path)).status, 403, key)
  }
})

test('each role may do with what is its own, what it is party to, and what it was, exactly what the table says; what is foreign is missing', async t => {
  t.timeout(600_000)
  const { house, things } = t.context
  const faults: string[] = []
  const cells = { allowed: 0, refused: 0 }
  for (const call of callsOf(house)) {
    const spec = CASES[call.key] as Case
    const baselines = new Map<string, Promise<Answer>>()
    const allowed: Persona[] = []
    const head = await house.node.services.journal.head()
    const refused = house.people.map(async by => {
      const cell = `${call.key} by ${by.role} of ${by.place}`
      if (isAllowed(call, spec, by)) {
        allowed.push(by)
        return
      }
      cells.refused += 1
      const answer = await make(house, call, by, things.things)
      if (spec.lists !== undefined && mayAttempt(by.role, call.action)) {
        if (answer.status >= 300) faults.push(`${cell}: ${answer.status}`)
        if (answer.text.includes(things.things[spec.lists].id)) faults.push(`${cell} is shown it`)
        return
      }
      if (spec.of === undefined || isSeen(spec.of, by)) {
        if (answer.status !== 403 && answer.status !== 404)
          faults.push(`${cell} is refused by the table, and was answered ${answer.status} ${answer.text}`)
        return
      }
      if (answer.status < 400) faults.push(`${cell} is refused by the table, and was done: ${answer.text}`)
      // As if it had never been: word for word, but for the name it was asked by.
      const missing = await (baselines.get(by.role) ??
        baselines
          .set(by.role, make(house, call, by, { [spec.of]: KINDS[spec.of].missing } as never))
          .get(by.role))
      const plain = plainly(answer, things.things[spec.of])
      const never = plainly(missing as Answer, KINDS[spec.of].missing)
      if (plain !== never) faults.push(`${cell} tells that it is there: ${plain} | ${never}`)
    })
    await Promise.all(refused)
    const after = await house.node.services.journal.read({ after: head, limit: 50 })
    const said = after
      .filter(({ type, origin }) => origin?.by === 'account' && !BEGUN_BEFORE.includes(type))
      .map(({ type }) => type)
    if (said.length > 0) faults.push(`${call.key}: refused, and yet ${said.join(', ')}`)

    for (const by of spec.slow === true ? allowed.slice(0, 1) : allowed) {
      const cell = `${call.key} by ${by.role} of ${by.place}`
      cells.allowed += 1
      const own =
        spec.fresh === true && spec.of !== undefined
          ? { ...things.things, [spec.of]: await things.another(spec.of) }
          : things.things
      const answer = await make(house, call, by, own)
      const inside = answer.status === 404 && spec.missingInside?.test(answer.text) === true
      if ([401, 403, 404].includes(answer.status) && !inside)
        faults.push(`${cell} is allowed by the table, and was answered ${answer.status} ${answer.text}`)
      else if (answer.status >= 500) faults.push(`${cell}: ${answer.status} ${answer.text}`)
      if (spec.lists !== undefined && !answer.text.includes(things.things[spec.lists].id))
        faults.push(`${cell} is not shown it`)
    }
  }
  t.log(`${cells.allowed} allowed and ${cells.refused} refused cells`)
  t.deepEqual(faults, [])
})

test('what a body or a query names of another site is missing like what never was', async t => {
  const { house, things } = t.context
  const { who, ask } = house
  const [desk, keeper] = [who('technician', 'nord'), who('administrator', 'nord')]
  const [stranger, theirs] = [who('technician', 'sud'), who('administrator', 'sud')]
  const { request, study, import: disc } = things.things
  const uid = '2.25.5'
  const when = { site: 'nord' }
  const leaveOut = { modalities: [], descriptions: [] }
  const named: [Persona, string, string, (name: string) => object | undefined, string, string][] = [
    [desk, 'POST', `/api/studies/${study.id}/send`, peer => ({ peer }), 'sud-pacs', 'no-pacs'],
    [desk, 'POST', '/api/retrievals', peer => ({ peer, StudyInstanceUID: uid }), 'sud-pacs', 'no-pacs'],
    [
      ...([desk, 'POST', '/api/retrievals'] as const),
      to => ({ peer: 'nord-pacs', StudyInstanceUID: uid, to }),
      ...(['sud-pacs', 'no-pacs'] as const),
    ],
    [
      ...([stranger, 'POST', '/api/retrievals'] as const),
      name => ({ peer: 'sud-pacs', StudyInstanceUID: uid, request: name }),
      ...([request.id, 'req_0'] as const),
    ],
    [
      ...([stranger, 'POST', '/api/searches'] as const),
      name => ({ site: 'sud', PatientID: '1', request: name }),
      ...([request.id, 'req_0'] as const),
    ],
    [desk, 'POST', '/api/transfers/retry', peer => ({ peer }), 'sud-pacs', 'no-pacs'],
    [keeper, 'POST', '/api/routes', to => ({ id: 'named', when, to: [to] }), 'sud-pacs', 'no-pacs'],
    [keeper, 'POST', '/api/routes/trial', peer => ({ peer }), 'sud-pacs', 'no-pacs'],
    [
      keeper,
      'PUT',
      '/api/presets/named',
      to => ({ id: 'named', site: 'nord', to: [to] }),
      'sud-pacs',
      'no-pacs',
    ],
    [theirs, 'POST', '/api/presets/trial', name => ({ site: 'sud', leaveOut, disc: name }), disc.id, 'imp_0'],
    [keeper, 'GET', '/api/accounts?site=', () => undefined, 'sud', 'nulle-part'],
    [desk, 'GET', '/api/studies/search?PatientID=1&site=', () => undefined, 'sud', 'nulle-part'],
  ]
  for (const [by, method, path, body, foreign, never] of named) {
    const said = async (name: string) =>
      plainly(await ask(by, method, path.endsWith('=') ? `${path}${name}` : path, body(name)), { id: name })
    t.is(await said(foreign), await said(never), `${method} ${path} ${JSON.stringify(body('…'))}`)
  }
})

test('the same patient number at three sites: no list and no search of the interface lets a row cross over', async t => {
  t.timeout(180_000)
  const { house, things } = t.context
  const sites = ['nord', 'sud', 'lecture'] as const
  const uids: Record<string, string> = {}
  for (const site of sites) {
    const uid = studyUid(`same number, ${site}`)
    const { files } = writePhantom(temporary(undo), site, { StudyInstanceUID: uid, images: 1, rows: 16 })
    await arrive(
      house.node.services,
      site,
      files.map(({ file }) => readFileSync(file)),
    )
    uids[site] = uid
  }
  const asked = async (site: 'nord' | 'sud', studies: string[]) => {
    const patient = { ...FORM.patient, id: '10001', issuer: site.toUpperCase(), birthDate: '1970-05-14' }
    const form = { ...FORM, site, patient, studies, submit: false }
    return (await house.done<{ id: string }>(house.who('referrer', site), 'POST', '/api/requests', form)).id
  }
  const drafts = { nord: await asked('nord', [uids['nord'] ?? '']), sud: await asked('sud', []) }
  const disc = things.things.import
  /** What names a row of one site, whoever else may see it being left out. */
  const marks = {
    nord: [uids['nord'] ?? '', drafts.nord, disc.id],
    sud: [uids['sud'] ?? '', drafts.sud],
    lecture: [uids['lecture'] ?? ''],
  }
  const candidates = (request: string) =>
    `/api/imports/${disc.id}/candidates?study=${disc.more?.['study']}&request=${request}`
  const calls: readonly (readonly [path: string, body?: object])[] = [
    ['/api/studies?limit=100'],
    ['/api/studies?q=10001'],
    ['/dicomweb/studies?PatientID=10001'],
    ['/dicomweb/series?PatientID=10001'],
    ['/dicomweb/instances?PatientID=10001'],
    ['/api/requests?limit=100'],
    ['/api/requests?q=10001'],
    [`/api/requests/${drafts.nord}/priors`],
    [`/api/requests/${drafts.sud}/priors`],
    [candidates(drafts.nord)],
    [candidates(drafts.sud)],
    ['/api/imports?limit=100'],
    ['/api/reports?q=10001'],
    ['/api/transfers?limit=100'],
    ['/api/conflicts'],
    ['/api/access', { q: '10001' }],
  ]
  const faults: string[] = []
  /** The calls in which each site found its own study: a search that finds nothing proves nothing. */
  const found = new Map<string, Set<string>>(sites.map(site => [site, new Set()]))
  for (const by of house.people.filter(({ place }) => place !== 'node' && place !== 'avant'))
    for (const [path, body] of calls) {
      const { status, text } = await house.ask(by, body === undefined ? 'GET' : 'POST', path, body)
      const cell = `${path} by ${by.role} of ${by.place}`
      if (![200, 204, 403, 404].includes(status)) faults.push(`${cell}: ${status} ${text}`)
      // Without the names it was asked by.
      const said = text.replaceAll(decodeURIComponent(path), '…')
      for (const site of sites)
        if (status === 200 && site !== by.place)
          for (const mark of marks[site])
            if (said.includes(mark)) faults.push(`${cell} is shown ${mark} of ${site}`)
      if (status === 200 && text.includes(uids[by.place] ?? '')) found.get(by.place)?.add(path)
    }
  t.deepEqual(faults, [])
  for (const site of sites)
    for (const [path] of calls.slice(0, 5)) t.true(found.get(site)?.has(path), `${path} at ${site}`)
})

/** What is answered later than this has missed the first beat, which is after 10 ms. */
const MISSED_MS = 15

test('what is foreign takes as long as what never was: nothing is told by the time either', async t => {
  t.timeout(120_000)
  const { house, things } = t.context
  const by = house.who('radiologist', 'sud')
  const { request, report, study } = things.things
  const instance = `${study.more?.['series']}/instances/${study.more?.['instance']}`
  const addresses = [
    [`/api/requests/${request.id}`, '/api/requests/req_0'],
    [`/api/reports/${report.id}`, '/api/reports/rep_0'],
    [`/api/studies/${study.id}`, '/api/studies/2.25.1'],
    [`/api/archive/acts/${request.id}`, '/api/archive/acts/req_0'],
    [
      `/dicomweb/studies/${study.id}/series/${instance}`,
      '/dicomweb/studies/2.25.1/series/2.25.2/instances/2.25.3',
    ],
  ] as const
  /**
   * The lower quartile of many askings in turns, so that both meet the same load: what somebody listening would go by,
   * and what a busy machine spoils last. Of what waited for its turn half and more may miss a beat.
   */
  const quartiles = async ([there, never]: readonly [string, string]) => {
    const spent: [number[], number[]] = [[], []]
    for (let n = 0; n < scaled(60, 400); n++)
      for (const which of n % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const))
        spent[which].push((await house.ask(by, 'GET', which === 0 ? there : never)).ms)
    // On the beat, never before it: there the two differ by a tenth of a millisecond.
    for (const ms of spent.flat()) t.true(ms >= 10, `answered after ${ms} ms`)
    return spent.map(ms => ms.sort((a, b) => a - b)[Math.floor(ms.length / 4)] ?? 0) as [number, number]
  }
  for (const pair of addresses) {
    let told = ''
    const differed = { longer: 0, shorter: 0 }
    // A machine that is busy with something else may say anything once; a difference that is there stays, and in the same
    // direction. Where so many missed the first beat it has no time even for what takes none: that is tried again more
    // often, and still has to be the same for both once.
    for (let tries = 1; ; tries++) {
      const [foreign, never] = await quartiles(pair)
      told = `${pair[1]}: ${foreign.toFixed(2)} ms, and ${never.toFixed(2)} ms where there is nothing`
      if (Math.abs(foreign - never) < Math.max(0.5, 0.1 * never)) break
      if (Math.max(foreign, never) < MISSED_MS) differed[foreign > never ? 'longer' : 'shorter']++
      if (Math.max(differed.longer, differed.shorter) === 5 || tries === 20) {
        t.fail(told)
        break
      }
    }
    t.log(told)
  }
})

function isAllowed(call: Called, spec: Case, by: Persona): boolean {
  if (!mayAttempt(by.role, call.action)) return false
  if (spec.mine?.(by) === true) return true
  const kind = spec.of ?? spec.lists
  if (spec.personal === true) return false
  if (spec.mine !== undefined && KINDS[kind as Kind].sees === undefined) return false
  const needs = spec.needs ?? [call.action]
  if (kind === undefined) return true
  const relation = relationOf(kind, by)
  // What one took part in is in a list of its own.
  if (spec.lists !== undefined && relation === 'former') return false
  return needs.every(action => may(by.role, action, relation))
}

/** Whether the person knows of the thing in any case: then a refusal tells them nothing. */
function isSeen(kind: Kind, by: Persona): boolean {
  const { sees } = KINDS[kind]
  return sees === 'everybody' || (sees !== undefined && may(by.role, sees, relationOf(kind, by)))
}

function relationOf(kind: Kind, { place }: Persona): Relation {
  const { relations, at }: { relations: readonly Relation[]; at?: Partial<Record<Place, Relation>> } =
    KINDS[kind]
  return relationAt(place, relations, at)
}

async function make(
  house: House,
  { key, method, path }: Called,
  by: Persona | { bearer?: string },
  things: Readonly<Record<Kind, Thing>>,
): Promise<Answer> {
  const spec = CASES[key] as Case
  const kind = spec.of ?? spec.lists
  const thing = kind === undefined ? { id: '' } : things[kind]
  const filled = path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(spec.params?.[name] ?? thing.more?.[name] ?? thing.id),
  )
  const body = spec.body?.(thing, by as Persona, house.next())
  return house.ask(by, method, `${filled}${spec.query?.(thing) ?? ''}`, body, spec.headers)
}

/** Headers of the connection, and those every answer carries. */
const EVERYWHERE =
  /^(connection|date|keep-alive|transfer-encoding|vary|origin-agent-cluster|referrer-policy|content-security-policy|(cross-origin|x)-.*|content-length)$/

/** An answer without the names it was asked by. */
function plainly({ status, headers, text }: Answer, thing: Thing): string {
  const names = [thing.id, ...Object.values(thing.more ?? {})].filter(name => name.length > 3)
  const without = names.reduce((said, name) => said.replaceAll(name, '…'), text)
  return `${status} ${headers.filter(name => !EVERYWHERE.test(name)).join(' ')} ${without}`
}
