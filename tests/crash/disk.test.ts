import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { backUp } from '../../node/program/backup.js'
import { asking } from '../support/acceptors.js'
import { eventually } from '../support/children.js'
import { openNode, peerOf, SITES, settingsFor, temporary } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { digestsOf, toStore, writePhantom } from '../support/phantoms.js'

/** Room for the database and some images. */
const DISK_MB = 24
/** After space is there again, images come in again within this. */
const BACK_MS = 5000

/** A disk of its own, where this machine lets us make one. */
function smallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'relais-test', folder], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false // not ours to decide on this machine: the test is skipped
  }
}

const probe = temporary({ teardown: rm => process.on('exit', rm) })
const mounts = smallDisk(probe)
if (mounts) execFileSync('umount', [probe])
const withDisk = mounts ? test.serial : test.skip

withDisk('a restore that finds no room says so, and leaves no data that a node would start on', async t => {
  const node = await openNode(t)
  const { db, objects } = node.services
  const big = Buffer.alloc((DISK_MB + 8) * 1024 * 1024, 'pixels')
  const { name, bucket, bytes, sha256 } = await objects.write(big, Buffer.alloc(0))
  await db.write(tx =>
    objects.record(tx, {
      ...{ name, bucket, bytes, sha256, datasetOffset: 0 },
      ...{ transferSyntaxUID: null, mediaType: 'application/pdf' },
    }),
  )
  const to = join(temporary(t), 'backup')
  await backUp({ ...node.services, to, passphrase: null, progress: () => undefined })
  await node.close()
  const folder = temporary(t)
  t.true(smallDisk(folder))
  t.teardown(() => execFileSync('umount', ['-l', folder]))
  const { code, stderr } = await relais(['restore', to], settingsFor(folder))
  t.is(code, 1)
  t.regex(stderr, /There is no room left in /)
  t.false(existsSync(join(folder, 'relais.sqlite')))
})

for (const [watermark, freeMbMin] of [
  ['the disk itself', '0'],
  ['the watermark', '4'],
] as const)
  withDisk(
    `disk full, noticed by ${watermark}: every image is refused with A700, the screens stay up, and it goes on by itself`,
    async t => {
      const folder = temporary(t)
      t.true(smallDisk(folder))
      t.teardown(() => execFileSync('umount', ['-l', folder]))
      const node = await openNode(t, {
        folder,
        env: { RELAIS_STORAGE_FREE_MB_MIN: freeMbMin },
        network: { sites: SITES, peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', 4242)] },
      })
      const { uid, files } = writePhantom(temporary(t), 'ct', { images: 40, rows: 128 })
      const association = await asking(node.addresses.dicom, { callingAETitle: 'NORDPACS' })
      const send = async (at: number) => {
        const outcome = await association.store(toStore(files[at] ?? t.fail()))
        return outcome.outcome === 'answered' ? outcome.status : outcome
      }
      const promised = []
      for (let at = 0; at < 8; at++) {
        t.is(await send(at), 0)
        promised.push(files[at] ?? t.fail())
      }

      const ballast = join(folder, 'ballast')
      const { bavail, bsize } = statfsSync(folder)
      // To the last block: neither an image nor a page of the database finds room.
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
      let refused = 0
      for (let at = 8; at < 24 || refused < 10; at++) {
        const status = await send(8 + (at % 24))
        // The database keeps some room of its own: what fits in it is still taken, and then it is promised.
        if (status === 0) promised.push(files[8 + (at % 24)] ?? t.fail())
        else {
          t.is(status, 0xa700)
          refused++
        }
      }
      for (const path of ['/healthz', '/api/node', '/api/openapi.json'])
        t.is((await fetch(`${node.addresses.http}${path}`)).status, 200)
      t.is((await fetch(`${node.addresses.http}/api/session`)).status, 401)

      rmSync(ballast)
      const began = performance.now()
      await eventually(
        'images come in again',
        async () => ((await send(39)) === 0 ? true : undefined),
        BACK_MS,
      )
      t.log(`in again after ${Math.round(performance.now() - began)} ms, without a restart`)
      for (const at of files.keys()) t.is(await send(at), 0)
      await association.release()
      await node.received(uid, files.length)
      t.deepEqual(await node.digests(uid), digestsOf(files))
      t.true(promised.length >= 8)
      await node.services.followers.settled()
      t.deepEqual(await node.services.followers.parked(), [])
    },
  )
