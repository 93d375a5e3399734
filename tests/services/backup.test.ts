import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { openVolumes } from '../../node/archive/seal/volume.js'
import { restoreInto } from '../../node/commands/restore.js'
import { fileHeader } from '../../node/dicom/format/part10.js'
import { backupRestores } from '../../node/doctor/backup.js'
import type { Finding } from '../../node/doctor/check.js'
import { type BackupReport, backUp } from '../../node/program/backup.js'
import { newestIn, openDrill } from '../../node/program/drill.js'
import { openDataFolder } from '../../node/program/folder.js'
import { openNode, settingsFor, temporary } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { textPDF } from '../support/papers.js'
import { image } from '../support/study-house.js'

const PASSPHRASE = 'une phrase assez longue'
const QUIET = () => undefined

test('a backup of a busy node holds all that was acknowledged before it began, and works elsewhere', async t => {
  t.timeout(180_000)
  const node = await openNode(t)
  const { db, journal, objects, proof } = node.services
  const files: string[] = []
  const put = async (n: number) => {
    const written = await objects.write(textPDF(`Document fictif ${n}`), Buffer.alloc(0))
    await db.write(async tx => {
      await objects.record(tx, {
        name: written.name,
        bucket: written.bucket,
        bytes: written.bytes,
        datasetOffset: 0,
        sha256: written.sha256,
        transferSyntaxUID: null,
        mediaType: 'application/pdf',
      })
      await journal.append(
        tx,
        { type: 'note-made', site: null, ids: {}, body: { n } },
        { by: 'command', user: 'test' },
      )
    })
    files.push(`${written.bucket}/${written.name}`)
  }
  for (let n = 0; n < 20; n++) await put(n)
  await proof.checkpoints.sign()
  const before = { head: await journal.head(), files: [...files] }
  // It goes on working meanwhile.
  let busy = true
  const work = (async () => {
    for (let n = 100; busy; n++) await put(n)
  })()
  const to = join(temporary(t), 'backup')
  const options = { ...node.services, to, passphrase: PASSPHRASE, progress: QUIET }
  const report = await backUp(options)
  busy = false
  await work
  t.true((report.head?.seq ?? 0) >= before.head)
  t.true(report.objects >= before.files.length)
  t.false(readFileSync(join(to, 'keys.sealed.json'), 'utf8').includes('PRIVATE KEY'))
  t.deepEqual(readdirSync(to).sort(), ['backup.json', 'keys.sealed.json', 'objects', 'relais.sqlite'])
  // The next one into the same folder.
  const again: BackupReport = await backUp(options)
  t.true((again.head?.seq ?? 0) > (report.head?.seq ?? 0))
  const { log } = (await proof.checkpoints.sign()) ?? {}
  await node.close()

  const elsewhere = openDataFolder(temporary(t))
  const { report: restored, checked } = await restoreInto(elsewhere, {
    from: to,
    passphrase: PASSPHRASE,
    progress: QUIET,
  })
  t.deepEqual(restored, again)
  t.deepEqual(checked.list, [])
  t.true(checked.ok && (checked.objects?.files ?? -1) >= 0)
  for (const path of before.files) t.true(readFileSync(join(elsewhere.objects, path)).length > 0)
  t.deepEqual(readdirSync(elsewhere.keys).sort(), readdirSync(options.folder.keys).sort())
  await t.throwsAsync(restoreInto(elsewhere, { from: to, passphrase: PASSPHRASE, progress: QUIET }), {
    code: 'conflict',
  } as never)

  // It goes on there as the same journal.
  const there = await openNode(t, { folder: elsewhere.root })
  t.is((await there.services.proof.checkpoints.sign())?.log, log)
})

test('a backup that is not whole, was changed, or is sealed with another passphrase is not restored', async t => {
  const node = await openNode(t)
  const to = join(temporary(t), 'backup')
  await backUp({ ...node.services, to, passphrase: PASSPHRASE, progress: QUIET })
  const into = () => openDataFolder(temporary(t))
  const restoring = (passphrase: string | null, from = to) =>
    restoreInto(into(), { from, passphrase, progress: QUIET })
  const INVALID = { code: 'invalid' } as never
  await t.throwsAsync(restoring('une autre phrase longue'), INVALID)
  await t.throwsAsync(restoring(null), INVALID)
  await t.throwsAsync(restoring(PASSPHRASE, temporary(t)), {
    code: 'invalid',
    message: /no whole backup/,
  } as never)
  const file = join(to, 'relais.sqlite')
  const bytes = readFileSync(file)
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] as number) ^ 1
  writeFileSync(file, bytes)
  await t.throwsAsync(restoring(PASSPHRASE), { code: 'invalid', message: /not the one/ } as never)
  const strange = join(temporary(t), 'photos')
  mkdirSync(strange)
  writeFileSync(join(strange, 'holiday.jpg'), '')
  await t.throwsAsync(backUp({ ...node.services, to: strange, passphrase: null, progress: QUIET }), INVALID)
})

test('by the command too: each refusal says why, nothing is half done, and the same folder takes the restore afterwards', async t => {
  t.timeout(180_000)
  const node = await openNode(t)
  const { db, objects } = node.services
  const written = await objects.write(textPDF('Document fictif'), Buffer.alloc(0))
  const { name, bucket, bytes, sha256 } = written
  await db.write(tx =>
    objects.record(tx, {
      ...{ name, bucket, bytes, sha256, datasetOffset: 0 },
      ...{ transferSyntaxUID: null, mediaType: 'application/pdf' },
    }),
  )
  const home = temporary(t)
  const to = join(home, 'backup')
  const phrase = join(home, 'phrase')
  const wrong = join(home, 'wrong')
  writeFileSync(phrase, `${PASSPHRASE}\n`)
  writeFileSync(wrong, 'une autre phrase longue\n')
  await backUp({ ...node.services, to, passphrase: PASSPHRASE, progress: QUIET })
  await node.close()
  const data = join(home, 'data')
  const restoring = async (file: string) => {
    const { code, stdout, stderr } = await relais(
      ['restore', to, '--passphrase-file', file],
      settingsFor(data),
    )
    return { code, said: `${stdout}${stderr}` }
  }
  const refused = async (file: string, why: RegExp) => {
    const { code, said } = await restoring(file)
    t.is(code, 1, said)
    t.regex(said, why)
    t.notRegex(said, /internal|\bat .*:\d+:\d+/)
    t.false(existsSync(join(data, 'relais.sqlite')), 'there are no data')
    t.deepEqual(existsSync(join(data, 'keys')) ? readdirSync(join(data, 'keys')) : [], [], 'nor keys')
  }
  await refused(wrong, /do not open with this passphrase/)
  const object = join(to, 'objects', bucket, name)
  renameSync(object, join(home, 'object'))
  await refused(phrase, /is missing/)
  renameSync(join(home, 'object'), object)
  const database = readFileSync(join(to, 'relais.sqlite'))
  truncateSync(join(to, 'relais.sqlite'), database.length >> 1)
  await refused(phrase, /not the one that was backed up/)
  writeFileSync(join(to, 'relais.sqlite'), database)
  const good = await restoring(phrase)
  t.is(good.code, 0, good.said)
  t.regex(good.said, /All \d+ entries and \d+ files fit/)
  const again = await restoring(phrase)
  t.is(again.code, 1)
  t.regex(again.said, /holds data already/)
  const french = await relais(['verify', '--language', 'fr'], settingsFor(data))
  t.is(french.code, 0)
  t.regex(french.stdout, /^Tout concorde, \d+ inscriptions ; tête .*\nVérifié : la suite, les empreintes/)
})

test('the yearly volumes are in every backup, closed or open; a restore without one names it', async t => {
  const node = await openNode(t)
  const { folder, sealing } = node.services
  const volumes = openVolumes(folder.volumes)
  const bundle = Buffer.from('a sealed record')
  const sha256 = createHash('sha256').update(bundle).digest('hex')
  const part = { request: 'req_1', part: 1, reference: 'R-1', at: 0, manifest: sha256, sha256, bundle }
  volumes.put(2020, part, { text: 'head', publicKey: '', signature: '' })
  t.deepEqual(await sealing.closeYears(), [2020])
  volumes.put(2026, part, { text: 'head', publicKey: '', signature: '' })
  const to = join(temporary(t), 'backup')
  const backup = () => backUp({ ...node.services, to, passphrase: null, progress: QUIET })
  t.is((await backup()).volumes, 2)
  // Into the same folder, where the closed one is a file that nobody may write.
  t.is((await backup()).volumes, 2)
  const restored = () =>
    restoreInto(openDataFolder(temporary(t)), { from: to, passphrase: null, progress: QUIET })
  t.deepEqual((await restored()).checked.list, [])
  const there = openVolumes(join(to, 'archive'))
  t.deepEqual(there.part(2020, 'req_1', 1)?.bundle, bundle)
  t.is(await there.digest(2020), await volumes.digest(2020))
  rmSync(join(to, 'archive', '2020.sqlite'))
  t.regex((await restored()).checked.list[0]?.what ?? '', /the volume of 2020 is gone/)
})

test('the newest backup is restored for a trial each night; one that was damaged is told to the operators, and named by the check-up', async t => {
  t.timeout(180_000)
  const home = temporary(t)
  const backups = join(home, 'backups')
  const passphraseFile = join(home, 'phrase')
  writeFileSync(passphraseFile, `${PASSPHRASE}\n`)
  const node = await openNode(t, {
    env: { RELAIS_BACKUP_DRILL_FOLDER: backups, RELAIS_BACKUP_DRILL_PASSPHRASE_FILE: passphraseFile },
  })
  const { services } = node
  const { clock, config, folder, journal, objects, outbox } = services
  t.is((await outbox.open({ kind: 'restore-drill' })).length, 1, 'owed for the night')
  const arrived = image()
  const head = fileHeader({
    sopClassUID: arrived.sopClassUID,
    sopInstanceUID: arrived.attributes.SOPInstanceUID,
    transferSyntaxUID: '1.2.840.10008.1.2.1',
  })
  const written = await objects.write(Buffer.alloc(1000, 'pixels'), head)
  const { name, bucket, bytes, sha256 } = written
  const object = { ...arrived.object, name, bucket, bytes, sha256, datasetOffset: head.length }
  await services.receive.receive({ ...arrived, object })
  await services.receive.ended('one')
  const look = async () => {
    const patient = { services, config, folder, clock, startedAt: 0, serving: true }
    return (await backupRestores.look(patient, AbortSignal.timeout(10_000))) as Finding
  }
  const drill = openDrill({ ...services, outbox: { ...outbox, handle: () => undefined } })
  t.like(await drill.now(), { ok: false, reason: `There is no whole backup in ${backups}.` })
  t.is((await look()).outcome, 'broken')

  const older = join(backups, 'older')
  await backUp({ ...services, to: older, passphrase: PASSPHRASE, progress: QUIET })
  const to = join(backups, 'newer')
  await backUp({ ...services, to, passphrase: PASSPHRASE, progress: QUIET })
  t.is(newestIn(backups).from, to)
  t.is(newestIn(older).from, older)
  t.like(await drill.now(), { ok: true, files: 1, keys: 'opened' })
  t.like(await look(), { outcome: 'good' })
  t.deepEqual(
    readdirSync(folder.scratch).filter(name => name.startsWith('restore-drill')),
    [],
  )
  t.true(readdirSync(join(to, 'objects')).length > 0, 'what was read in the backup stays there')

  const damage = async (path: string, why: RegExp) => {
    const bytes = readFileSync(path)
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] as number) ^ 1
    writeFileSync(path, bytes)
    const found = await drill.now()
    t.false(found.ok)
    t.regex(found.reason ?? '', why)
    t.regex((await look()).said.en[0], why)
    bytes[at] = (bytes[at] as number) ^ 1
    writeFileSync(path, bytes)
  }
  await damage(join(to, 'objects', written.bucket, written.name), /faults, the first/)
  await damage(join(to, 'relais.sqlite'), /not the one that was backed up/)
  await damage(join(to, 'keys.sealed.json'), /./)
  const [told] = await journal.read({ types: ['restore-drill-failed'], newestFirst: true, limit: 1 })
  t.like(told?.body, { reference: 'backup', urgency: 'urgent' })
  t.true((await drill.now()).ok)
})
