import { readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { SOPClass } from '../../node/dicom/uids.js'
import type { NoticeView } from '../../node/notifications/view.js'
import { stateChecks } from '../../node/program/state-checks.js'
import { outcomesOf, stateAfter, strayImages } from '../../node/recalls/rules.js'
import type { RecallView } from '../../node/recalls/view.js'
import type { Resource } from '../../node/reports/fhir.js'
import type { NewShareView, ReportView } from '../../node/reports/view.js'
import type { ListView, RequestView } from '../../node/requests/view.js'
import { FORM } from '../support/act.js'
import { arrive } from '../support/arriving.js'
import { eventually } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, temporary } from '../support/node.js'
import { openCommittingPacs } from '../support/pacs-commitment.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { OPERATOR, PASSWORD, person } from '../support/people.js'
import { writePhantom } from '../support/phantoms.js'

const KOS = SOPClass.KeyObjectSelectionDocumentStorage
/** For machines that are busy: nothing here waits for a time. */
const WAIT_MS = 90_000
const ASK = { reason: 'Mauvais patient choisi' }

/** A request that is read and signed, its images at both PACS, its report in the site's. */
async function answered(t: ExecutionContext, takesNotes: boolean) {
  t.timeout(240_000)
  const options = { aeTitle: 'NORDPACS', lie: () => undefined, finds: true }
  const [nord, lecture] = await Promise.all([
    takesNotes
      ? openLyingPacs(t, options)
      : openCommittingPacs(t, { aeTitle: 'NORDPACS', takes: uid => uid !== KOS }),
    openLyingPacs(t, { ...options, aeTitle: 'LECTURE' }),
  ])
  const node = await openNode(t, {
    env: OPERATOR,
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', nord.port),
        peerOf('lecture-pacs', 'lecture', 'LECTURE', lecture.port),
      ],
      routes: [{ id: 'nord-lecture', when: { site: 'nord' }, to: ['lecture-pacs'] }],
    },
  })
  const [referrer, technician, northern, first] = await Promise.all(
    (['referrer', 'technician', 'northern', 'first'] as const).map(who => person(t, node, who)),
  )
  if (!referrer || !technician || !northern || !first) throw new Error('nobody came')
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2, rows: 16 })
  await arrive(
    node.services,
    'nord',
    files.map(({ file }) => readFileSync(file)),
  )
  await node.transferred(uid, 'lecture-pacs', 'confirmed')
  const patient = { ...FORM.patient, id: '10001', birthDate: '1970-05-14' }
  const made = await referrer.post<RequestView>('/api/requests', { ...FORM, patient, studies: [uid] })
  t.is(made.status, 201, JSON.stringify(made.body))
  const { id } = made.body
  t.is((await first.post(`/api/requests/${id}/claim`, {})).status, 200)
  const { body: draft } = await first.post<ReportView>(`/api/requests/${id}/report`)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'Normal.' }
  await first.put(`/api/reports/${draft.id}`, { revision: 1, sections })
  const signed = await first.post(`/api/reports/${draft.id}/sign`, { password: PASSWORD, as: 'final' })
  t.is(signed.status, 200, JSON.stringify(signed.body))
  await eventually('the PACS has both objects of the report', () =>
    nord.stored.length >= 2 ? true : undefined,
  )
  const recalls = async () =>
    (await northern.get<ListView<RecallView>>(`/api/requests/${id}/recalls`)).body.items
  const until = (what: string, of: (items: RecallView[]) => boolean) =>
    eventually(
      what,
      async () => {
        const items = await recalls()
        return of(items) ? items : undefined
      },
      WAIT_MS,
    )
  return {
    node,
    nord,
    lecture,
    referrer,
    technician,
    northern,
    first,
    uid,
    id,
    report: draft.id,
    recalls,
    until,
  }
}

const brief = (items: readonly RecallView[]) =>
  items.map(({ what, channel, name, state }) => `${what} ${channel} ${name} ${state}`).sort()

test('what was entered in error is taken back from everybody: a note to the PACS, a task for each person, link and stray image', async t => {
  const house = await answered(t, true)
  const { node, nord, lecture, referrer, technician, northern, first, uid, id, report, until } = house
  const { body: share } = await referrer.post<NewShareView>(`/api/reports/${report}/links`, {
    name: 'Dr Dehors',
    role: 'médecin traitant',
    hours: 24,
  })
  t.truthy(share.link)
  const call = {
    receiver: 'Dr Garde',
    role: 'interne',
    at: new Date(node.services.clock.now()).toISOString(),
  }
  await first.post(`/api/requests/${id}/critical`, {
    ...{ class: 1, finding: 'Hématome', foundAt: call.at },
    called: { ...call, method: 'téléphone', readBack: true },
  })
  t.is((await technician.get<ListView<RecallView>>(`/api/requests/${id}/recalls`)).body.items.length, 0)

  t.is((await northern.post(`/api/requests/${id}/ask-error`, ASK)).status, 200)
  t.is((await northern.post(`/api/requests/${id}/enter-in-error`, {})).status, 409, 'not alone')
  t.is(
    (await technician.post<RequestView>(`/api/requests/${id}/enter-in-error`, {})).body.state,
    'entered-in-error',
  )
  const opened = await until('the note was taken', items =>
    items.some(({ outcome }) => outcome === 'note-taken'),
  )
  const sealed = async (part: number) =>
    eventually(
      `part ${part} of the record is sealed`,
      async () => (await node.facts('act-sealed'))[part - 1],
      WAIT_MS,
    )
  t.like(await sealed(1), { ids: { request: id }, body: { part: 1 } })
  t.deepEqual(brief(opened), [
    'finding telephone Dr Garde, interne open',
    'images pacs lecture-pacs open',
    'report link Dr Dehors, médecin traitant open',
    'report pacs nord-pacs done',
    'report person Dr Exemple Nord open',
  ])
  t.is(nord.stored.length, 3, 'the pages, the text, and one note')
  t.is(lecture.holds().size, 2, 'no note strikes images that are right')

  // Nothing of it is in force any more, wherever it is looked at.
  t.like((await referrer.get<ReportView>(`/api/reports/${report}`)).body, {
    inError: { by: 'Dominique Fictif', reason: ASK.reason },
    may: [],
  })
  const { body: fhir } = await referrer.get<Resource>(`/fhir/DiagnosticReport/${report.replace('_', '-')}`)
  t.is(fhir['status'], 'entered-in-error')
  t.is(fhir['conclusion'], undefined)
  const [study] = await node.services.studies.byUid(uid)
  const held = await node.services.studies.instances(study?.id ?? '')
  t.deepEqual(
    held
      .filter(({ isNote }) => !isNote)
      .map(({ madeHere, withdrawn }) => [madeHere, withdrawn])
      .sort(),
    [
      [false, false],
      [false, false],
      [true, true],
      [true, true],
    ],
    'the images stay, the report is withdrawn',
  )
  const token = share.link.split('token=')[1] ?? ''
  t.not(
    (await referrer.post('/api/answer/open', { token, code: share.code })).status,
    200,
    'the link is closed',
  )
  const notice = await eventually(
    'who had the report is told',
    async () =>
      (await referrer.get<ListView<NoticeView>>('/api/notices')).body.items.find(
        ({ kind }) => kind === 'recalled',
      ),
    WAIT_MS,
  )
  t.is(notice.request, id)

  // Everybody who had something is somebody’s task, with what came of it.
  const task = (name: RegExp) => opened.find(recall => name.test(recall.name)) as RecallView
  const settle = (who: typeof referrer, recall: RecallView, body: object) =>
    who.post<RecallView>(`/api/recalls/${recall.id}/outcome`, body)
  const mine = (await referrer.get<ListView<RecallView>>('/api/recalls')).body.items
  t.deepEqual(
    mine.filter(each => each.mine).map(({ name }) => name),
    ['Dr Exemple Nord'],
  )
  t.is(
    (await settle(first, task(/Exemple/), { outcome: 'told' })).status,
    403,
    'a reader knows of it, and settles nothing',
  )
  const stranger = await person(t, node, 'stranger')
  t.is((await settle(stranger, task(/Exemple/), { outcome: 'told' })).status, 404)
  t.is((await settle(referrer, task(/Exemple/), { outcome: 'removed' })).status, 422)
  t.like((await settle(referrer, task(/Exemple/), { outcome: 'told' })).body, {
    state: 'done',
    outcome: 'told',
    by: 'Dr Exemple Nord',
    may: [],
  })
  t.is((await settle(northern, task(/Exemple/), { outcome: 'told' })).status, 409)
  t.is(
    (await settle(northern, task(/Dehors/), { outcome: 'unreachable' })).status,
    422,
    'with what was tried',
  )
  t.is((await settle(northern, task(/Dehors/), { outcome: 'unreachable', note: 'Trois appels' })).status, 200)
  t.is((await settle(northern, task(/lecture-pacs/), { outcome: 'removed' })).status, 200)
  t.deepEqual(
    (await northern.get<ListView<RecallView>>('/api/recalls')).body.items.map(({ name }) => name),
    ['Dr Garde, interne'],
  )
  t.is((await node.facts('act-sealed')).length, 1, 'somebody still has something of it')
  t.is((await settle(northern, task(/Garde/), { outcome: 'told' })).status, 200)
  t.like(await sealed(2), { body: { part: 2, previous: (await sealed(1)).seq } })
  const { body: after } = await northern.get<RequestView>(`/api/requests/${id}`)
  t.false(after.clock.running)
  const record = await node.services.journal.read({ subject: id, limit: 1000 })
  t.is(record.filter(({ type }) => type === 'recall-opened').length, 5)
  t.is(record.filter(({ type }) => type === 'recall-settled').length, 5)
  await node.services.followers.settled()
  for (const check of stateChecks) t.deepEqual(check.run(node.services.db.file), [], check.name)
})

test('a PACS that does not take the note is a person’s task; images that are wrong too are withdrawn with the report', async t => {
  const { node, technician, northern, lecture, referrer, uid, id, until } = await answered(t, false)
  t.is((await technician.post(`/api/requests/${id}/ask-error`, { ...ASK, images: 'withdraw' })).status, 200)
  t.is((await northern.post(`/api/requests/${id}/enter-in-error`, {})).status, 200)
  const opened = await until(
    'every note was taken or refused',
    items =>
      items.length === 4 && items.every(({ state, channel }) => channel === 'person' || state !== 'noted'),
  )
  t.deepEqual(brief(opened), [
    'images pacs lecture-pacs done',
    'images pacs nord-pacs open',
    'report pacs nord-pacs open',
    'report person Dr Exemple Nord open',
  ])
  t.is([...lecture.held.values()].filter(({ record }) => record['SOPClassUID'] === KOS).length, 1)
  const owed = opened.find(({ what, name }) => what === 'report' && name === 'nord-pacs') as RecallView
  t.regex(owed.reason ?? '', /does not take this kind of object/)
  t.deepEqual(owed.may, ['removed', 'not-held', 'unreachable'])
  const [study] = await node.services.studies.byUid(uid)
  const held = await node.services.studies.instances(study?.id ?? '')
  t.true(held.every(({ withdrawn, isNote }) => withdrawn || isNote))

  // Settled here, it is settled at the study too; and the other way round.
  t.is((await northern.post(`/api/recalls/${owed.id}/outcome`, { outcome: 'removed' })).status, 200)
  const tasks = async () =>
    (
      await technician.get<ListView<{ id: string; holders: { peer: string; task?: { doneBy?: string } }[] }>>(
        `/api/studies/${uid}/rejections`,
      )
    ).body.items
  const open = (await tasks()).filter(({ holders }) =>
    holders.some(({ task }) => task !== undefined && task.doneBy === undefined),
  )
  t.is(open.length, 1)
  t.is((await technician.post(`/api/rejections/${open[0]?.id}/done`, { peer: 'nord-pacs' })).status, 200)
  const done = await until('the other one is settled', items =>
    items.filter(({ channel }) => channel === 'pacs').every(({ state }) => state === 'done'),
  )
  t.like(
    done.find(({ what, name }) => what === 'images' && name === 'nord-pacs'),
    { outcome: 'removed', by: 'Alex Exemple' },
  )
  t.is((await referrer.get<RequestView>(`/api/requests/${id}`)).body.state, 'entered-in-error')
  for (const check of stateChecks) t.deepEqual(check.run(node.services.db.file), [], check.name)
})

test('a correction reaches the PACS that holds the version before, and takes its place there by a note', async t => {
  const { nord, first, report, uid, node } = await answered(t, true)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'À gauche.' }
  const body = { sections, reason: 'Mauvais côté', difference: 'minor', password: PASSWORD }
  const corrected = await first.post(`/api/reports/${report}/correction`, body)
  t.is(corrected.status, 200, JSON.stringify(corrected.body))
  await eventually(
    'both versions and the note are there',
    () => (nord.stored.length >= 5 ? true : undefined),
    WAIT_MS,
  )
  const [study] = await node.services.studies.byUid(uid)
  const made = (await node.services.studies.instances(study?.id ?? '')).filter(
    each => each.madeHere && !each.isNote,
  )
  t.deepEqual(made.map(({ withdrawn }) => withdrawn).sort(), [false, false, true, true])
})

test('what a recall can come to, and where right images have no business', t => {
  t.deepEqual(outcomesOf('pacs'), ['removed', 'not-held', 'unreachable'])
  for (const channel of ['person', 'link', 'telephone'] as const)
    t.deepEqual(outcomesOf(channel), ['told', 'unreachable'])
  t.is(stateAfter({ type: 'recall-opened', body: { state: 'noted' } }), 'noted')
  t.is(stateAfter({ type: 'recall-opened', body: { state: 'open' } }), 'open')
  t.is(stateAfter({ type: 'recall-needed', body: {} }), 'open')
  t.is(stateAfter({ type: 'recall-settled', body: {} }), 'done')
  t.is(stateAfter({ type: 'request-claimed', body: {} }), undefined)
  const sites = fc.constantFrom('nord', 'lecture', 'autre', 'sud')
  fc.assert(
    fc.property(fc.array(sites), fc.array(sites), fc.array(sites), (at, groups, stillAsked) => {
      const sent = at.map((site, n) => ({ peer: `p${n}`, site }))
      for (const { site } of strayImages(sent, { site: 'nord', groups, stillAsked }))
        t.true(site !== 'nord' && groups.some(one => one === site) && stillAsked.every(one => one !== site))
    }),
  )
})
