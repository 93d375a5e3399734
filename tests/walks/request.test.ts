import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import type { ObjectsCheckView } from '../../node/journal/view.js'
import type { MailView, NoticeView } from '../../node/notifications/view.js'
import type { ReportView, SignedView } from '../../node/reports/view.js'
import type { ListView, NewRequest, RequestRow, RequestView } from '../../node/requests/view.js'
import type { StudySearchView } from '../../node/studies/view.js'
import { eventually, freePort, run } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, settingsFor, temporary } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { openPacs } from '../support/pacs.js'
import { CAST, OPERATOR, PASSWORD, type Person, person } from '../support/people.js'
import { writePhantom } from '../support/phantoms.js'
import { found } from '../support/programs.js'

const IMAGES = 16
const SECTIONS = {
  indication: 'Hémiparésie droite brutale.',
  technique: 'Hélice sans injection, images synthétiques.',
  results: 'Hématome capsulo-thalamique gauche.',
  conclusion: 'Hématome profond gauche, à discuter en urgence.',
}

interface Placed {
  path: string
  bytes: number
  uid: string
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(file, bytes)
}

test('a request: from the study found in the PACS to the report read, acknowledged, filed and proved', async t => {
  const ports = { nord: await freePort(), lecture: await freePort() }
  const node = await openNode(t, {
    env: OPERATOR,
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', ports.nord),
        peerOf('lecture-pacs', 'lecture', 'LECTURE', ports.lecture),
      ],
      routes: [{ id: 'nord-lecture', when: { site: 'nord', modality: ['CT'] }, to: ['lecture-pacs'] }],
    },
  })
  const { dicom, http } = node.addresses
  const [nord] = await Promise.all([
    openPacs(t, { aeTitle: 'NORDPACS', port: ports.nord, node: { port: dicom } }),
    openPacs(t, { aeTitle: 'LECTURE', port: ports.lecture, node: { port: dicom } }),
  ])
  const [referrer, stranger, first, second, auditor] = (await Promise.all(
    (['referrer', 'stranger', 'first', 'second', 'auditor'] as const).map(who => person(t, node, who)),
  )) as [Person, Person, Person, Person, Person]
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: IMAGES })
  await nord.add(files)

  // The study is found in the hospital's PACS; nothing known is typed again.
  const search = await referrer.get<StudySearchView>('/api/studies/search?site=nord&PatientName=essai')
  t.like(search.body.peers, [{ peer: 'nord-pacs', outcome: 'answered' }])
  const [hit] = search.body.items
  if (hit === undefined) return t.fail('the study was not found')
  t.like(hit, { StudyInstanceUID: uid, PatientID: '10001', IssuerOfPatientID: 'NORD', here: false })
  const [family = '', given = ''] = hit.PatientName.split('^')
  const birth = hit.PatientBirthDate
  const form: NewRequest = {
    kind: 'reading',
    urgency: 'emergency',
    site: 'nord',
    modality: hit.ModalitiesInStudy[0] ?? '',
    region: 'Crâne',
    question: 'Hémorragie ?',
    context: 'Déficit moteur droit brutal.',
    accession: hit.AccessionNumber,
    requester: { name: CAST.referrer.name, phone: '+33 1 00 00 00 01' },
    patient: {
      id: hit.PatientID,
      issuer: hit.IssuerOfPatientID,
      family,
      given,
      birthDate: `${birth.slice(0, 4)}-${birth.slice(4, 6)}-${birth.slice(6)}`,
      sex: hit.PatientSex as 'F',
    },
    studies: [hit.StudyInstanceUID],
    identityCheckedBy: 'Camille Fictif',
    consent: { given: true },
    submit: true,
  }
  const missing = await referrer.post('/api/requests', { ...form, question: '', identityCheckedBy: '' })
  t.is(missing.status, 422)
  t.deepEqual(missing.body.fields?.map(({ path }) => path).sort(), ['identityCheckedBy', 'question'])
  const made = await referrer.post<RequestView>('/api/requests', form)
  t.is(made.status, 201, JSON.stringify(made.body))
  t.like(made.body, { state: 'offered', patient: { family: 'ESSAI', given: 'Zoé' } })
  const { id, reference } = made.body

  // The radiologists see it come without reloading, and get a letter without health data; a foreign site nothing.
  t.is(await first.hears('request-offered'), id)
  const list = await first.get<ListView<RequestRow>>('/api/requests?state=offered')
  t.deepEqual(
    list.body.items.map(row => [row.id, row.may.includes('claim')]),
    [[id, true]],
  )
  t.is((await stranger.get(`/api/requests/${id}`)).status, 404)
  const mailbox = async () => (await first.get<ListView<MailView>>('/api/mailbox?limit=200')).body.items
  const letterTo = (to: string, earlier = 0) =>
    eventually(
      `a letter to ${to}`,
      async () => (await mailbox()).filter(mail => mail.to.includes(to))[earlier],
    )
  for (const [who, reads] of [
    [CAST.first, first],
    [CAST.second, second],
  ] as const) {
    const { text } = await letterTo(who.email)
    t.true(text.includes(reference), text)
    const token = text.match(/\/open#token=([\w-]+)/)?.[1]
    t.true(text.includes(`${http}/open#token=${token}`), text)
    t.is((await reads.post<{ path: string }>('/api/notices/open', { token })).body.path, `/requests/${id}`)
  }

  // One claims it; the other gets a clear conflict, whoever came first.
  const claims = await Promise.all(
    [first, second].map(each => each.post<RequestView>(`/api/requests/${id}/claim`, {})),
  )
  t.deepEqual(claims.map(({ status }) => status).sort(), [200, 409])
  const winner = claims[0]?.status === 200 ? 'first' : 'second'
  const [reader, loser] = winner === 'first' ? [first, second] : [second, first]
  t.like(claims.find(({ status }) => status === 409)?.body, { code: 'conflict' })
  t.true((await loser.get<RequestView>(`/api/requests/${id}`)).body.holder?.name === CAST[winner].name)
  t.is(await referrer.hears('request-claimed'), id)

  // The study follows its route to the reading group's PACS; the request says where its images stand.
  await nord.send(uid)
  await node.transferred(uid, 'lecture-pacs', 'confirmed')
  const held = await eventually('the request knows of its images', async () => {
    const { body } = await reader.get<RequestView>(`/api/requests/${id}`)
    const [study] = body.studies
    return study?.completeness.state === 'complete' && study.transfer?.state === 'confirmed'
      ? study
      : undefined
  })
  t.like(held, {
    completeness: { received: IMAGES, expected: IMAGES },
    transfer: { sent: IMAGES, of: IMAGES, peer: 'lecture-pacs' },
  })
  t.is((await reader.get(`/dicomweb/studies/${uid}/metadata`)).status, 200)

  // Four sections, saved as they are written; an older revision does not overwrite a newer one.
  const draft = await reader.post<ReportView>(`/api/requests/${id}/report`)
  t.is(draft.status, 201)
  const report = `/api/reports/${draft.body.id}`
  t.is((await loser.put(report, { revision: draft.body.revision, sections: SECTIONS })).status, 409)
  const saved = await reader.put<ReportView>(report, { revision: draft.body.revision, sections: SECTIONS })
  t.is(saved.status, 200)
  t.is((await reader.put(report, { revision: draft.body.revision, sections: SECTIONS })).status, 409)
  t.is(
    (await referrer.get<ReportView>(report)).body.versions?.length ?? 0,
    0,
    'a draft is not shown to the site',
  )

  // Two images are marked for who asked, as they were looked at; one of them is taken away again.
  const mark = (index: number, window?: { center: number; width: number }) =>
    reader.post<ReportView>(`${report}/key-images`, {
      StudyInstanceUID: uid,
      SOPInstanceUID: files[index]?.sopInstanceUID,
      ...(window === undefined ? {} : { window }),
    })
  t.is((await mark(0)).status, 200)
  t.is((await mark(1)).status, 200)
  t.is((await mark(1, { center: 40, width: 80 })).body.keyImages.length, 2, 'marked again, it is still one')
  const kept = await reader.remove<ReportView>(`${report}/key-images/${files[0]?.sopInstanceUID}`)
  t.like(kept.body.keyImages, [
    { SOPInstanceUID: files[1]?.sopInstanceUID, window: { center: 40, width: 80 } },
  ])
  const foreign = { StudyInstanceUID: uid, SOPInstanceUID: '2.25.404' }
  t.is((await reader.post(`${report}/key-images`, foreign)).status, 404)
  t.is((await loser.post(`${report}/key-images`, foreign)).status, 409)

  // Signed with the password, and for good.
  const wrong = await reader.post(`${report}/sign`, {
    reauthentication: { password: 'un autre' },
    as: 'final',
  })
  t.true(wrong.status >= 400 && wrong.status < 500)
  const signed = await reader.post<SignedView>(`${report}/sign`, {
    reauthentication: { password: PASSWORD },
    as: 'final',
  })
  t.is(signed.status, 200, JSON.stringify(signed.body))
  t.like(signed.body, { state: 'final', version: 1 })
  const changed = await reader.put(report, {
    revision: saved.body.revision,
    sections: { ...SECTIONS, conclusion: 'Rien.' },
  })
  t.is(changed.status, 409)

  // The referrer is written to, reads, downloads, acknowledges.
  t.is(await referrer.hears('report-signed'), id)
  await letterTo(CAST.referrer.email)
  const read = await referrer.get<ReportView>(report)
  t.like(read.body, { state: 'final', may: ['acknowledge'] })
  t.like(read.body.versions[0], {
    sections: SECTIONS,
    digest: signed.body.digest,
    signer: { name: CAST[winner].name },
  })
  const [key] = read.body.versions[0]?.keyImages ?? []
  t.like(key, { SOPInstanceUID: files[1]?.sopInstanceUID, window: { center: 40, width: 80 } })
  const picture = await referrer.bytes(`${report}/key-images/${key?.picture}`)
  t.is(picture.type, 'image/jpeg')
  t.is(
    createHash('sha256').update(picture.bytes).digest('hex'),
    key?.picture ?? '',
    'what was signed is shown',
  )
  t.is((await stranger.get(`${report}/key-images/${key?.picture}`)).status, 404)
  t.is((await referrer.get(`${report}/key-images/${'a'.repeat(64)}`)).status, 404)
  const pdf = await referrer.bytes(`${report}/pdf`)
  t.is(pdf.type, 'application/pdf')
  t.is((await stranger.get(`${report}/pdf`)).status, 404)
  const pdftotext = found('pdftotext')
  if (pdftotext !== undefined) {
    const file = join(temporary(t), 'report.pdf')
    writeFileSync(file, pdf.bytes)
    const { output } = await run(pdftotext, ['-layout', '-enc', 'UTF-8', file, '-'])
    const text = Buffer.from(output, 'latin1').toString('utf8').replace(/\s+/g, ' ')
    for (const word of [
      'ESSAI',
      'Zoé',
      '10001',
      reference,
      CAST.referrer.name,
      CAST[winner].name,
      'Hôpital Nord',
      ...Object.values(SECTIONS),
      signed.body.digest.slice(0, 16),
    ])
      t.true(text.includes(word), `${word} is in the PDF: ${text}`)
  }
  t.is((await referrer.post(`${report}/acknowledge`, {})).status, 200)
  t.like((await referrer.get<RequestView>(`/api/requests/${id}`)).body, { state: 'closed' })

  // The PDF lies in the hospital's own PACS, which lists it.
  const delivered = await eventually(
    'the hospital’s PACS lists the report',
    async () =>
      (await referrer.get<ReportView>(report)).body.deliveries.find(
        ({ channel, state }) => channel === 'pacs' && state === 'confirmed',
      ),
    40_000,
  )
  t.truthy(delivered)
  const again = await eventually(
    'the hospital’s PACS lists its text and the selection of its key images too',
    async () => {
      const { body } = await referrer.get<StudySearchView>(
        `/api/studies/search?site=nord&StudyInstanceUID=${uid}`,
      )
      return body.items[0]?.instances === IMAGES + 3 ? body.items[0] : undefined
    },
    40_000,
  )
  t.like(again, { instances: IMAGES + 3, here: true })

  // No letter, no notice on a mail server's screen, holds health data.
  for (const { to, subject, text, html } of await mailbox())
    for (const word of ['ESSAI', 'Zoé', '10001', 'Hémorragie', 'Hématome', 'Crâne', '1970', uid])
      t.false(`${to}${subject}${text}${html}`.includes(word), `"${word}" in a letter`)
  const notices = await referrer.get<ListView<NoticeView>>('/api/notices')
  t.true(notices.body.items.some(({ kind }) => kind === 'report-signed'))

  // All of it is in the journal, and it proves itself.
  const steps = (await referrer.get<RequestView>(`/api/requests/${id}`)).body.timeline.map(({ fact }) => fact)
  for (const fact of [
    'request-created',
    'request-offered',
    'request-claimed',
    'report-signed',
    'report-acknowledged',
  ])
    t.true(steps.includes(fact), `${fact} in ${steps}`)
  t.like((await auditor.post<{ ok: boolean }>('/api/journal/verify')).body, { ok: true, firstFault: null })
  // Every stored file is read again, on screen and by the command, while the node runs.
  t.is((await referrer.post('/api/journal/verify/objects')).status, 403)
  t.is((await auditor.post('/api/journal/verify/objects')).status, 202)
  t.is((await auditor.post('/api/journal/verify/objects')).status, 409)
  const reread = await eventually(
    'all files are read again',
    async () => {
      const { body } = await auditor.get<ObjectsCheckView>('/api/journal/verify/objects')
      return body.state === 'running' ? undefined : body
    },
    60_000,
  )
  // The images, the report as PDF, the key image's picture, and the three objects that were filed.
  t.like(reread, { state: 'done', files: IMAGES + 5, of: IMAGES + 5, faults: 0, found: [] })
  t.like((await node.facts('objects-verified'))[0]?.body, { files: IMAGES + 5, faults: 0 })
  const verified = await relais(['verify', '--objects', '--json'], settingsFor(node.folder))
  t.is(verified.code, 0, verified.stdout)
  t.like(JSON.parse(verified.stdout), { ok: true, objects: { files: IMAGES + 5 } })

  // The record of the act leaves as a folder, while the node runs.
  const record = join(temporary(t), 'act')
  const exported = await relais(['archive', 'export', reference, record, '--json'], settingsFor(node.folder))
  t.is(exported.code, 0, exported.stderr)
  t.true(existsSync(join(record, 'act.json')) && existsSync(join(record, 'journal.json')))
  t.true(readFileSync(join(record, 'README.txt'), 'utf8').length > 0)

  // Somebody is at the files: each study is named, with how many of its files are gone, cut or changed.
  const { services } = node
  const [study] = await services.studies.byUid(uid)
  const stored = (await services.studies.instances(study?.id ?? '')).filter(({ madeHere }) => !madeHere)
  await node.close()
  const [gone, cut, altered, relabelled] = stored.map(image => ({
    ...image,
    path: services.objects.path({ bucket: image.bucket, name: image.object }),
  })) as unknown as [Placed, Placed, Placed, Placed]
  rmSync(gone.path)
  truncateSync(cut.path, cut.bytes - 1)
  flip(altered.path, altered.bytes - 1)
  flip(relabelled.path, 150) // in the header before the data set
  const damaged = await relais(['verify', '--objects', '--json'], settingsFor(node.folder))
  t.is(damaged.code, 1)
  const { list: harm, faults } = JSON.parse(damaged.stdout) as { list: { what: string }[]; faults: number }
  t.is(faults, 1)
  const [said, at] = (harm[0]?.what ?? '').split('; the first is ')
  t.is(said, `study ${uid} of nord: 1 file is missing, 1 file is truncated, 2 files are altered`)
  t.true([gone, cut, altered, relabelled].some(image => image.uid === at))

  // Somebody edits the database with another tool: the first entry that was touched is named.
  const copy = join(temporary(t), 'tampered.sqlite')
  copyFileSync(join(node.folder, 'relais.sqlite'), copy)
  const db = new Sqlite(copy)
  const { seq } = db.prepare("SELECT min(seq) AS seq FROM journal WHERE type = 'report-signed'").get() as {
    seq: number
  }
  db.exec('DROP TRIGGER journal_bodies_are_not_changed')
  db.prepare("UPDATE journal_bodies SET body = replace(body, ?, 'Dr Autre') WHERE seq = ?").run(
    CAST[winner].name,
    seq,
  )
  db.close()
  const tampered = await relais(['verify', copy, '--json'], settingsFor(node.folder))
  t.is(tampered.code, 1)
  t.like(JSON.parse(tampered.stdout), { ok: false, firstFault: { seq } })
})
