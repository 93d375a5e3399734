import { readdir } from 'node:fs/promises'
import anyTest, { type TestFn } from 'ava'
import type { EditedRequest, NewRequest } from '../../node/requests/view.js'
import { type Act, FORM, openAct, PEOPLE } from '../support/act.js'

const test = anyTest as TestFn<Act>
test.beforeEach(async t => {
  t.context = await openAct()
})
test.afterEach.always(t => t.context.close())

const { referrer, technician, stranger, first, coordinator } = PEOPLE
const edited = (over: Partial<NewRequest>, revision = 1): EditedRequest => {
  const { site: _site, studies: _studies, submit: _submit, ...form } = { ...FORM, ...over }
  return { ...form, revision }
}

test('what the contract knows of identity and consent is enough; more may be said, and is shown as it was said', async t => {
  const { requests } = t.context
  t.is((await requests.create(referrer, FORM)).state, 'offered')
  const more = await requests.create(referrer, {
    ...FORM,
    contrast: 'yes',
    wantedWithinMinutes: 240,
    responsible: { name: 'Dr Sur Place', phone: '+33 1 11 11 11 11' },
    identityCheck: { how: 'told', note: 'sa fille' },
    consent: { given: true, informed: 'guardian', by: 'Dr Exemple' },
    patient: { ...FORM.patient, usedName: 'ESSAI-USAGE', givenNames: 'Zoé Marie' },
  })
  t.like(more, {
    contrast: 'yes',
    wantedWithinMinutes: 240,
    responsible: { name: 'Dr Sur Place' },
    identityCheck: { how: 'told', note: 'sa fille' },
    consent: { given: true, informed: 'guardian', by: 'Dr Exemple' },
    patient: { usedName: 'ESSAI-USAGE' },
  })
  t.is((await requests.list(referrer, { q: 'usage', limit: 10 })).items.length, 1)
})

test('a patient who objects is not sent anywhere: the draft keeps the record', async t => {
  const { requests } = t.context
  const objecting: NewRequest = { ...FORM, consent: { opposition: 'Ne veut pas de télémédecine' } }
  const refused = await t.throwsAsync(requests.create(referrer, objecting))
  t.like(refused, { code: 'invalid', fields: [{ path: 'consent' }] })
  const draft = await requests.create(referrer, { ...objecting, submit: false })
  t.is(draft.state, 'draft')
  t.like(await t.throwsAsync(requests.send(referrer, draft.id, 'submit', {})), { code: 'invalid' })
})

test('before the claim the form is corrected as another version; the reader sees what changed, and why', async t => {
  const { requests, journal } = t.context
  const { id } = await requests.create(referrer, FORM)
  const after = await requests.edit(technician, id, {
    ...edited({ question: 'AVC ?', risks: { allergy: 'iode' } }),
    reason: 'Le patient ne parle plus',
  })
  t.like(after, { question: 'AVC ?', revision: 2, state: 'offered' })
  const seen = await requests.view(first, id)
  t.deepEqual(
    seen.versions.map(({ revision, by, reason, changes }) => ({ revision, by, reason, changes })),
    [
      { revision: 1, by: 'Dr Exemple', reason: undefined, changes: [] },
      {
        revision: 2,
        by: 'M. Manip',
        reason: 'Le patient ne parle plus',
        changes: [
          { field: 'question', before: 'Hémorragie ?', after: 'AVC ?' },
          { field: 'risks.allergy', after: 'iode' },
        ],
      },
    ],
  )
  const [fact] = await journal.read({ subject: id, types: ['request-edited'] })
  t.like(fact?.body, { revision: 2, changed: ['question', 'risks.allergy'] })
  t.is((await requests.versions(id)).length, 2)
  t.like(await t.throwsAsync(requests.edit(referrer, id, edited({ question: 'Autre' }))), {
    code: 'conflict',
  })
  t.like(await t.throwsAsync(requests.edit(referrer, id, edited({ question: '' }, 2))), { code: 'invalid' })
  t.like(await t.throwsAsync(requests.edit(stranger, id, edited({}, 2))), { code: 'missing' })
  t.like(await t.throwsAsync(requests.edit(coordinator, id, edited({}, 2))), { code: 'forbidden' })
  await requests.send(first, id, 'claim', {})
  t.like(await t.throwsAsync(requests.edit(referrer, id, edited({ question: 'Trop tard' }, 2))), {
    code: 'conflict',
  })
})

test('a request that became more urgent goes up the list and takes its images along', async t => {
  const { requests, shared } = t.context
  const { id } = await requests.create(referrer, FORM)
  const after = await requests.edit(referrer, id, edited({ urgency: 'emergency' }))
  t.like(after, { urgency: 'emergency', due: { for: 'claim' } })
  t.is(shared.at(-1)?.urgency, 'emergency')
  t.like(await t.throwsAsync(requests.edit(referrer, id, edited({ modality: 'US' }, 2))), {
    code: 'conflict',
  })
})

test('an unknown patient is named later: a new version with who and why, found under both names', async t => {
  const { requests, journal } = t.context
  const unknown = {
    ...FORM.patient,
    family: 'INCONNU-7',
    given: '',
    birthDate: '',
    identityStatus: 'provisional' as const,
  }
  const { studies: _none, ...form } = FORM
  const { id } = await requests.create(referrer, { ...form, patient: unknown })
  await requests.send(first, id, 'claim', {})
  const named = await requests.namePatient(technician, id, {
    patient: { ...FORM.patient, identityStatus: 'validated' },
    reason: 'Carte d’identité apportée par la famille',
    identityCheckedBy: 'M. Témoin',
    identityCheck: { how: 'document' },
  })
  t.like(named, { state: 'claimed', revision: 2, patient: { family: 'ESSAI', identityStatus: 'validated' } })
  t.like(await requests.view(first, id), { patient: { family: 'ESSAI' } })
  for (const q of ['inconnu', 'essai'])
    t.is((await requests.list(first, { q, limit: 10 })).items.length, 1, q)
  const [fact] = await journal.read({ subject: id, types: ['request-patient-named'] })
  t.like(fact?.body, { reason: 'Carte d’identité apportée par la famille', before: { family: 'INCONNU-7' } })
  const again = { patient: FORM.patient, reason: 'encore', identityCheckedBy: 'X' }
  t.like(await t.throwsAsync(requests.namePatient(technician, id, again)), {
    code: 'conflict',
    message: 'The identity is established already: a request for somebody else is one entered in error.',
  })
})

test('a group that left sees the form as it stood then', async t => {
  const { requests } = t.context
  const { id } = await requests.create(referrer, {
    ...FORM,
    patient: { ...FORM.patient, family: 'INCONNU', identityStatus: 'provisional' },
  })
  await requests.send(referrer, id, 'cancel', { reason: 'x' }).catch(() => undefined)
  await requests.send(first, id, 'claim', {})
  await requests.send(first, id, 'cancel', { reason: 'Doublon' })
  const then = await requests.view(first, id)
  t.like(then, { formerSince: then.formerSince, patient: { family: 'INCONNU' }, versions: [] })
})

const paper = (text: string, name = 'ordonnance.txt') => ({
  name,
  content: Buffer.from(text).toString('base64'),
})

test('papers go with the request or come later, are what their bytes say, and are read by whoever reads the request', async t => {
  const { requests, journal } = t.context
  const made = await requests.create(referrer, {
    ...FORM,
    attachments: [paper('TDM demandée', '../x/ordonnance.pdf')],
  })
  t.like(made.documents, [{ name: 'ordonnance.txt', kind: 'text', bytes: 13, by: 'Dr Exemple' }])
  await requests.send(first, made.id, 'claim', {})
  const more = await requests.attach(technician, made.id, [paper('Courrier du cardiologue', 'courrier')])
  t.deepEqual(
    more.documents.map(({ name, by }) => [name, by]),
    [
      ['ordonnance.txt', 'Dr Exemple'],
      ['courrier.txt', 'M. Manip'],
    ],
  )
  const [, second] = (await requests.view(first, made.id)).documents
  const read = await requests.document(first, made.id, second?.id ?? '')
  t.is(read.bytes.toString(), 'Courrier du cardiologue')
  t.is((await journal.read({ subject: made.id, types: ['request-document-attached'] })).length, 2)
  t.like(await t.throwsAsync(requests.document(stranger, made.id, second?.id ?? '')), { code: 'missing' })
  t.like(await t.throwsAsync(requests.document(first, made.id, 'doc_0')), { code: 'missing' })
  t.like(await t.throwsAsync(requests.attach(first, made.id, [paper('x')])), { code: 'forbidden' })
})

test('what may not be attached is refused whole: no request, no file, no entry', async t => {
  const { requests, journal, objects } = t.context
  const files = async () =>
    (await readdir(objects.folder, { recursive: true, withFileTypes: true })).filter(one => one.isFile())
      .length
  const before = await files()
  for (const attachments of [
    [{ name: 'virus.txt', content: Buffer.from('MZ\u0000\u0001').toString('base64') }],
    [paper('x'.repeat(1024 * 1024 + 1))],
    Array.from({ length: 4 }, (_, number) => paper(`${number}`)),
  ])
    await t.throwsAsync(requests.create(referrer, { ...FORM, attachments }))
  // Written first, and taken away again when the form does not do.
  await t.throwsAsync(requests.create(referrer, { ...FORM, question: '', attachments: [paper('seul')] }))
  t.is(await files(), before)
  t.is((await requests.list(referrer, { limit: 10 })).items.length, 0)
  t.deepEqual(await journal.read({ types: ['request-document-attached'] }), [])
})

test('what was asked or done lately of the same patient, region and modality is shown before it is asked again', async t => {
  const { requests, clock } = t.context
  const asked = { site: 'nord', patient: { id: 'P1', issuer: 'NORD' }, region: 'Cérébral', modality: 'CT' }
  t.deepEqual((await requests.similar(referrer, { ...asked, region: 'Genou' })).studies, [])
  const made = await requests.create(referrer, FORM)
  const found = await requests.similar(referrer, asked)
  t.like(found.requests, [
    { reference: 'N-0001', state: 'offered', region: 'Crâne', question: 'Hémorragie ?' },
  ])
  t.like(found.studies, [{ description: 'TDM cérébrale', days: 0, here: true }])
  for (const other of [
    { modality: 'MR' },
    { region: 'Thorax' },
    { patient: { id: 'P1', issuer: 'SUD' } },
    { patient: { id: 'P2', issuer: 'NORD' } },
  ])
    t.deepEqual(
      (await requests.similar(referrer, { ...asked, ...other })).requests,
      [],
      JSON.stringify(other),
    )
  t.deepEqual((await requests.similar(referrer, { ...asked, studies: ['1.2.826.0.1'] })).studies, [])
  t.throws(() => void requests.similar(stranger, asked), { code: 'missing' })

  const again = await requests.create(referrer, { ...FORM, similarReason: 'Aggravation clinique' })
  const submitted = again.timeline.find(({ fact }) => fact === 'request-submitted')
  t.like(submitted?.details, { similar: made.reference, similarReason: 'Aggravation clinique' })

  await requests.send(first, made.id, 'claim', {})
  clock.advance(8 * 86_400_000)
  t.deepEqual((await requests.similar(referrer, asked)).requests, [])
  t.like((await requests.similar(referrer, asked)).studies, [{ days: 8 }])
  clock.advance(30 * 86_400_000)
  t.deepEqual((await requests.similar(referrer, asked)).studies, [])
})
