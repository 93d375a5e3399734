import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { isoAt, manualClock, systemClock } from '../../node/clock.js'
import { readHeader } from '../../node/dicom/format/header.js'
import { readFileHeader } from '../../node/dicom/format/part10.js'
import type { ImportView } from '../../node/imports/view.js'
import { NOTHING } from '../../node/imports/views.js'
import { eventually } from '../support/children.js'
import { technician } from '../support/desk.js'
import { discPrograms, makeDisc, makeIso, makeTar, makeZip } from '../support/discs.js'
import { openNode, peerOf, SITES, settingsFor, temporary } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { textOf } from '../support/pdf.js'
import { digestsOf, digestOf as sha256Of, writePhantom, ZOE } from '../support/phantoms.js'

const withTools = Object.values(discPrograms).every(Boolean) ? test : test.skip

const HOUR_MS = 3_600_000
const PRESET = { id: 'cd-nord', site: 'nord', to: ['nord-pacs'] }

async function house(t: ExecutionContext) {
  const pacs = await openLyingPacs(t, { aeTitle: 'NORDPACS', lie: () => undefined, finds: true })
  const node = await openNode(t, {
    network: { sites: SITES, peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', pacs.port)], presets: [PRESET] },
  })
  return { pacs, node }
}

withTools(
  'a technician uploads a disc, a person says who it shows, and it lies in the PACS under that name, the old one kept inside',
  async t => {
    const { pacs, node } = await house(t)
    const desk = await technician(node)
    const scratch = temporary(t)
    const folder = join(scratch, 'disc')
    const { uid, files } = writePhantom(scratch, 'cd', {
      images: 6,
      patient: { ...ZOE, PatientName: 'ESSAI^ZOE', PatientID: 'X-9' },
      AccessionNumber: 'CLINIC1',
    })
    await makeDisc(folder, files)
    await makeZip(folder, join(scratch, 'disc.zip'))
    const upload = await desk.upload(readFileSync(join(scratch, 'disc.zip')), 'disc.zip')
    const begun = await desk.call<ImportView>('POST', '/api/imports', {
      upload,
      preset: 'cd-nord',
      site: 'nord',
    })
    t.is(begun.status, 201, JSON.stringify(begun.body))
    const { id } = begun.body
    const known = await desk.settled(id, 'inventoried')
    const paper = async (path: string) => (await desk.bytes(path)).body
    const interim = textOf(await paper(`/api/imports/${id}/certificate.pdf?language=en`)) ?? ''
    t.true(interim === '' || interim.includes('INTERIM'), interim)
    t.is(known.studies.length, 1)
    t.is(known.studies[0]?.images, 6)
    t.is(known.name, 'disc.zip')
    t.like(known.verdicts, { readable: 6, directory: 1 })
    t.regex(known.fingerprint ?? '', /^[0-9a-f]{64}$/)
    t.deepEqual(known.may, ['decide', 'cancel'])

    const series = known.studies[0]?.series.map(each => each.SeriesInstanceUID) ?? []
    const identity = {
      PatientID: 'N-42',
      IssuerOfPatientID: 'NORD',
      PatientName: 'ESSAI^Zoé',
      PatientBirthDate: '19700514',
      PatientSex: 'F',
    }
    const other = { ...identity, PatientName: 'AUTRE^Personne', PatientBirthDate: '19331224' }
    const contradicted = await desk.call<{ code: string; errors?: unknown }>(
      'POST',
      `/api/imports/${id}/decision`,
      { candidate: 'new', identity: other, series },
    )
    t.is(contradicted.status, 422, 'an identity the disc contradicts needs a reason')
    const decided = await desk.call<ImportView>('POST', `/api/imports/${id}/decision`, {
      candidate: 'new',
      identity,
      series,
      accession: 'NORD77',
    })
    t.is(decided.status, 200, JSON.stringify(decided.body))
    t.is(
      (await desk.call('POST', `/api/imports/${id}/decision`, { candidate: 'new', identity, series })).status,
      409,
    )
    const done = await desk.settled(id, 'done')
    t.is(done.taken, 6)
    t.is(done.refused, 0)
    t.deepEqual(
      done.destinations.map(({ peer, state, confirmed, of }) => [peer, state, confirmed, of]),
      [['nord-pacs', 'confirmed', 6, 6]],
    )
    t.is(done.decidedBy, 'Zoé Technicienne')

    // At the PACS: another identity, everything else byte for byte as it was.
    t.is(pacs.held.size, 6)
    for (const { record } of pacs.held.values())
      t.like(record, { PatientName: 'ESSAI^Zoé', PatientID: 'N-42', AccessionNumber: 'NORD77' })
    const study = (await node.services.studies.byUid(uid))[0]
    t.is(study?.name, 'ESSAI^Zoé')
    for (const image of await node.services.studies.instances(study?.id ?? '')) {
      const path = node.services.objects.path({ bucket: image.bucket, name: image.object })
      const header = await readHeader(path, readFileHeader(readFileSync(path)))
      const [original] = header.sequence('OriginalAttributesSequence')
      const [modified] = original?.sequence('ModifiedAttributesSequence') ?? []
      t.is(modified?.text('PatientName'), 'ESSAI^ZOE')
      t.is(modified?.text('AccessionNumber'), 'CLINIC1')
      t.is(original?.text('SourceOfPreviousValues'), 'disc.zip')
    }
    // The originals are kept as evidence, under the digest of what was on the disc.
    const kept = await Promise.all(
      files.map(
        async ({ digest }) =>
          (
            await node.services.db
              .sql<{ objects: { name: string } }>()
              .selectFrom('objects')
              .select('name')
              .where('name', 'like', `${digest}%`)
              .execute()
          ).length,
      ),
    )
    t.deepEqual(
      kept,
      files.map(() => 1),
    )
    t.deepEqual(
      (await node.facts('import-decided')).map(
        ({ body }) => (body?.['identity'] as { PatientName: string } | undefined)?.PatientName,
      ),
      ['ESSAI^Zoé'],
    )
    t.is((await node.facts('import-finished')).length, 1)

    // What it came to is a version of its certificate: in the journal, in the store, in both languages.
    const certified = await eventually(
      'the certificate is final',
      async () => (await desk.call<ImportView>('GET', `/api/imports/${id}`)).body.certificate,
    )
    const [fact] = await node.facts('import-certified')
    t.like(fact?.body, { version: 1, digest: certified.digest, previous: null })
    const french = await paper(`/api/imports/${id}/certificate.pdf?language=fr`)
    t.like(fact?.body?.['pdf'], { fr: sha256Of(french) })
    t.deepEqual(french, await paper(`/api/imports/${id}/certificate.pdf?language=fr&version=1`))
    const text = textOf(french) ?? ''
    for (const mention of [
      'Certificat d’import – disc.zip',
      'Hôpital Nord (fictif)',
      known.fingerprint ?? '',
      'Apporté par : Zoé Technicienne',
      '6 images lisibles, 1 sommaires (DICOMDIR)',
      'saisie au poste d’import',
      'Nom : ESSAI^ZOE devient ESSAI^Zoé',
      'Identifiant : X-9 devient N-42',
      'Numéro d’examen : CLINIC1 devient NORD77',
      'Tout ce qui a été choisi a été pris.',
      'nord-pacs – confirmé',
      '6 / 6 confirmées',
      certified.digest,
      'Version 1',
      'page 1 sur 1',
    ])
      t.true(text === '' || text.includes(mention), `${mention}\n${text}`)
    t.false(text.includes('PROVISOIRE'))
    const english = textOf(await paper(`/api/imports/${id}/certificate.pdf?language=en`)) ?? ''
    t.true(english === '' || english.includes('Name: ESSAI^ZOE becomes ESSAI^Zoé'), english)
    t.is((await desk.call('GET', `/api/imports/${id}/certificate.pdf?version=2`)).status, 404)
    t.deepEqual(
      readdirSync(node.services.folder.scratch).filter(name => name.endsWith('.part')),
      [],
    )
  },
)

withTools(
  'files of an upload are known while the rest is on its way, and an upload that was interrupted goes on',
  async t => {
    const { node } = await house(t)
    const desk = await technician(node)
    const scratch = temporary(t)
    const folder = join(scratch, 'disc')
    const { files } = writePhantom(scratch, 'cd', { images: 12, rows: 256 })
    await makeDisc(folder, files)
    await makeTar(folder, join(scratch, 'disc.tar'), 'pax')
    const bytes = readFileSync(join(scratch, 'disc.tar'))
    const created = await new Promise<string>(resolve => {
      void desk.upload(bytes.subarray(0, bytes.length), 'disc', resolve).catch(() => undefined) // goes on below
    })
    const begun = await desk.call<ImportView>('POST', '/api/imports', {
      upload: created,
      preset: null,
      site: 'nord',
    })
    t.is(begun.status, 201, JSON.stringify(begun.body))
    const known = await desk.settled(begun.body.id, 'inventoried')
    t.is(known.studies[0]?.images, 12)
    const { body: listed } = await desk.call<{ items: { path: string; verdict: string }[] }>(
      'GET',
      `/api/imports/${known.id}/files`,
    )
    t.true(listed.items.some(({ path }) => path === 'IMAGES/IM000001'))
    t.is((await desk.call<ImportView>('POST', `/api/imports/${known.id}/cancel`)).body.state, 'cancelled')
  },
)

withTools(
  'relais import reads a folder, a ZIP and an ISO image; without an identity it stops after the inventory',
  async t => {
    const folder = temporary(t)
    const env = settingsFor(folder)
    const scratch = temporary(t)
    const disc = join(scratch, 'disc')
    const { files, uid } = writePhantom(scratch, 'cd', { images: 4 })
    await makeDisc(disc, files)
    truncateSync(join(disc, 'IMAGES/IM000004'), 2000)
    const network = join(scratch, 'network.yaml')
    writeFileSync(
      network,
      JSON.stringify({ sites: SITES, presets: [{ id: 'cd-nord', site: 'nord', to: [] }] }),
    )
    t.is((await relais(['network', 'apply', network], env)).code, 0)

    const asked = await relais(['import', disc, '--preset', 'cd-nord', '--json'], env)
    t.is(asked.code, 0, asked.stderr)
    const stopped = JSON.parse(asked.stdout) as {
      import: ImportView
      candidates: unknown[]
      files: { path: string; verdict: string; reason?: string }[]
    }
    t.is(stopped.import.state, 'inventoried')
    t.deepEqual(stopped.candidates, [])
    t.like(
      stopped.files.find(({ path }) => path === 'IMAGES/IM000004'),
      { verdict: 'unreadable' },
    )

    const kept = await relais(['import', disc, '--preset', 'cd-nord', '--identity', 'keep', '--json'], env)
    t.is(kept.code, 0, kept.stderr + kept.stdout)
    t.like((JSON.parse(kept.stdout) as { import: ImportView }).import, {
      state: 'done',
      taken: 3,
      refused: 0,
    })

    mkdirSync(join(scratch, 'more'))
    await makeIso(disc, join(scratch, 'more', 'disc.iso'), 'xorriso', ['-J', '-R'])
    const again = await relais(
      ['import', join(scratch, 'more', 'disc.iso'), '--preset', 'cd-nord', '--identity', 'keep', '--json'],
      env,
    )
    t.like((JSON.parse(again.stdout) as { import: ImportView }).import, {
      state: 'done',
      taken: 3,
      refused: 0,
      label: 'RELAIS_TEST',
    })
    t.is((await relais(['import', disc], env)).code, 2)
    t.is((await relais(['import', join(scratch, 'nothing'), '--preset', 'cd-nord'], env)).code, 1)

    const node = await openNode(t, { folder, network: { sites: SITES } })
    t.deepEqual(await node.digests(uid), digestsOf(files.slice(0, 3)))
  },
)

withTools(
  'a site’s discs have a quota that counts what is on its way; undecided and finished ones leave their room when it was said',
  async t => {
    const clock = manualClock(systemClock().now())
    const node = await openNode(t, { clock, env: { RELAIS_IMPORTS_SITE_QUOTA_MB: '1' } })
    const desk = await technician(node)
    const { importing } = node.services
    const row = async (id: string) => importing.views.row(await importing.imports.rows.get(id), NOTHING)
    const scratch = temporary(t)
    const { files } = writePhantom(scratch, 'cd', { images: 3 })
    await makeDisc(join(scratch, 'disc'), files, { dicomdir: false })
    await makeTar(join(scratch, 'disc'), join(scratch, 'disc.tar'), 'pax')
    const disc = readFileSync(join(scratch, 'disc.tar'))

    // Announced and not begun to be read: it counts all the same.
    const announced = await desk.piecemeal(2 ** 20 - 10, 'announced')
    const refused = await t.throwsAsync(desk.upload(disc, 'too much'))
    t.regex(String(refused), /"quota":\{"bytes":\d+,"usedBytes":1048566,"quotaBytes":1048576\}/)
    await importing.uploads.remove(announced.upload)

    const begin = async (name: string) => {
      const upload = await desk.upload(disc, name)
      return (await desk.call<ImportView>('POST', '/api/imports', { upload, preset: null, site: 'nord' }))
        .body.id
    }
    const kept = await begin('kept')
    const { studies } = await desk.settled(kept, 'inventoried')
    const undecided = await begin('undecided')
    await desk.settled(undecided, 'inventoried')
    t.is((await row(undecided)).keptUntil, isoAt(clock.now() + 72 * HOUR_MS))
    const series = studies.flatMap(each => each.series.map(({ SeriesInstanceUID }) => SeriesInstanceUID))
    const { identity } = studies[0] ?? t.fail()
    await desk.call('POST', `/api/imports/${kept}/decision`, { candidate: 'keep', identity, series })
    await desk.settled(kept, 'done')
    t.is((await row(kept)).keptUntil, isoAt(clock.now() + 30 * 24 * HOUR_MS))
    const lying = () =>
      readdirSync(node.services.folder.uploads).filter(name => !name.endsWith('.json')).length
    t.is(lying(), 2)

    clock.advance(71 * HOUR_MS)
    await importing.clean()
    t.is(lying(), 2)
    clock.advance(2 * HOUR_MS)
    await importing.clean()
    t.is(lying(), 1)
    t.like(await row(undecided), { state: 'cancelled', abandoned: true, keptUntil: undefined })
    t.is((await row(kept)).state, 'done')
    clock.advance(28 * 24 * HOUR_MS)
    await importing.clean()
    t.is(lying(), 0)
    t.like(await row(kept), { state: 'done', taken: 3, keptUntil: undefined })
    t.is((await node.facts('import-cancelled')).length, 1)
  },
)
