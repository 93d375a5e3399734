import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { openVolumes } from '../../node/archive/seal/volume.js'
import { restoreInto } from '../../node/commands/restore.js'
import { type BackupReport, backUp } from '../../node/program/backup.js'
import { openDataFolder } from '../../node/program/folder.js'
import { openNode, temporary } from '../support/node.js'
import { textPDF } from '../support/papers.js'

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
