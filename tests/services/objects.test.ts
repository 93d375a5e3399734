import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { systemClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { Failure } from '../../node/errors.js'
import { dicomObjectName, relativePath } from '../../node/objects/name.js'
import { openObjects } from '../../node/objects/objects.js'
import { objectMigrations } from '../../node/objects/schema.js'
import { openObjectWriter, type WrittenObject } from '../../node/objects/writer.js'
import { run } from '../support/children.js'
import { temporary } from '../support/node.js'
import { digestOf } from '../support/phantoms.js'
import { found } from '../support/programs.js'
import { root } from '../support/sources.js'

const asIs = (sha256: string) => sha256

function writing(t: ExecutionContext, more: Partial<Parameters<typeof openObjectWriter>[0]> = {}) {
  const folder = temporary(t)
  return openObjectWriter({ folder, run: 'run1', bucketFiles: 1000, freeBytesMin: 0, ...more }).then(
    writer => ({
      folder,
      writer,
      write: async (bytes: Buffer, head?: Buffer) => {
        const sink = writer.begin(head)
        sink.write(bytes)
        return sink.finish(asIs)
      },
    }),
  )
}

async function house(t: ExecutionContext, file?: { folder: string }, run = 'node1') {
  const folder = file?.folder ?? temporary(t)
  const db = openDatabase({ file: join(folder, 'db'), migrations: objectMigrations, clock: systemClock() })
  t.teardown(() => db.close())
  const objects = await openObjects({
    db,
    clock: systemClock(),
    folder: join(folder, 'objects'),
    run,
    bucketFiles: 1000,
    freeBytesMin: 0,
  })
  const keep = async (written: WrittenObject) => {
    const { bucket, name, bytes, sha256 } = written
    const object = {
      bucket,
      name,
      bytes,
      sha256,
      datasetOffset: 0,
      transferSyntaxUID: null,
      mediaType: 'text/plain',
    }
    return db.write(tx => objects.record(tx, object))
  }
  return { folder, db, objects, keep, bucketsIn: () => readdirSync(join(folder, 'objects')) }
}

test('whatever the pieces, the file is the head and the bytes, and the digest is that of the bytes alone', async t => {
  const { writer } = await writing(t)
  const pieces = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), pieces, async (head, parts) => {
      const sink = writer.begin(Buffer.from(head))
      for (const part of parts) if (!sink.write(Buffer.from(part))) await sink.drained()
      const body = Buffer.concat(parts)
      const written = await sink.finish(asIs)
      t.is(sink.size, body.length)
      t.like(written, { sha256: digestOf(body), name: digestOf(body), bytes: head.length + body.length })
      t.deepEqual(readFileSync(written.path), Buffer.concat([head, body]))
      await written.drop()
    }),
    { numRuns: 60 },
  )
})

test('a large object is written out while it comes, its writer is told to wait, and the file is for its owner alone', async t => {
  const { writer } = await writing(t)
  const sink = writer.begin()
  const chunk = Buffer.alloc(256 * 1024, 7)
  let waited = 0
  for (let n = 0; n < 40; n++)
    if (!sink.write(chunk)) {
      waited++
      await sink.drained()
    }
  const { path, bytes } = await sink.finish(asIs)
  t.is(bytes, 40 * chunk.length)
  t.true(waited > 0)
  t.is(statSync(path).size, bytes)
  t.is(statSync(path).mode & 0o777, 0o600)
})

test('the same content twice is one file: it stays as long as one of them is kept, in whatever order they end', async t => {
  const { folder, write } = await writing(t)
  const bytes = (n: number) => Buffer.from(`content ${n}`)
  const steps = fc.array(fc.constantFrom('keep', 'drop'), { minLength: 1, maxLength: 5 })
  let content = 0
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (ends, together) => {
      const own = bytes(++content)
      const end = (written: WrittenObject, how: string | undefined) =>
        how === 'keep' ? written.keep() : written.drop()
      if (together) {
        const all = await Promise.all(ends.map(() => write(own)))
        await Promise.all(all.map((written, at) => end(written, ends[at])))
      } else for (const how of ends) await end(await write(own), how)
      const files = readdirSync(join(folder, 'run1-0001'))
      t.is(files.includes(digestOf(own)), ends.includes('keep'), `${ends}`)
      t.false(files.some(name => name.endsWith('.part')))
    }),
    { numRuns: 60 },
  )
})

test('an object that is given up leaves nothing behind', async t => {
  const { folder, writer } = await writing(t)
  const sink = writer.begin()
  sink.write(Buffer.alloc(1_000_000))
  await sink.abort()
  t.deepEqual(readdirSync(join(folder, 'run1-0001')), [])
  await t.throwsAsync(sink.finish(asIs))
})

test('a full folder is followed by the next; a disk below its watermark takes nothing more', async t => {
  const { folder, write } = await writing(t, { bucketFiles: 5 })
  for (let n = 0; n < 16; n++) await write(Buffer.from(String(n)))
  const buckets = readdirSync(folder).sort()
  t.true(buckets.length >= 3)
  t.is(buckets.flatMap(bucket => readdirSync(join(folder, bucket))).length, 16)
  const { writer } = await writing(t, { freeBytesMin: Number.MAX_SAFE_INTEGER })
  const failure = t.throws(() => writer.begin(), { instanceOf: Failure })
  t.is((failure as Failure | undefined)?.code, 'storage-full')
})

test('places are made by us alone: nothing else becomes a path', t => {
  const name = dicomObjectName(digestOf(Buffer.from('x')), '1.2.840.10008.1.2.1')
  t.is(relativePath({ bucket: 'run1-0001', name }), `run1-0001/${name}`)
  t.not(name, dicomObjectName(digestOf(Buffer.from('x')), '1.2.840.10008.1.2'))
  for (const [bucket, evil] of [
    ['..', name],
    ['a/../../b', name],
    ['run1-0001', '../../etc/passwd'],
    ['run1-0001', `${name}\0`],
    ['run1-0001', name.toUpperCase()],
    ['', name],
  ] as const)
    t.throws(() => relativePath({ bucket, name: evil }), undefined, `${bucket}/${evil}`)
  fc.assert(
    fc.property(fc.string(), fc.string(), (bucket, evil) => {
      try {
        const path = relativePath({ bucket, name: evil })
        return /^[0-9a-z-]+\/[0-9a-f]{64}(-[0-9a-f]{8})?$/.test(path)
      } catch {
        return true // refused
      }
    }),
  )
})

test('a start removes what no row names, and nothing else', async t => {
  const own = await house(t)
  const [kept, lost] = [
    await own.objects.write(Buffer.from('kept')),
    await own.objects.write(Buffer.from('lost')),
  ]
  t.true(await own.keep(kept))
  t.false(await own.keep({ ...kept, bucket: 'elsewhere-0001' }), 'the same content has its place')
  const bucket = join(own.folder, 'objects', kept.bucket)
  writeFileSync(join(bucket, 'deadbeef.part'), 'half')
  mkdirSync(join(own.folder, 'objects', 'dead1-0001'))
  writeFileSync(join(own.folder, 'objects', 'dead1-0001', lost.name), 'nobody knows it')
  const next = await house(t, own, 'node2')
  t.is(await next.objects.sweep([]), 3)
  t.deepEqual(next.bucketsIn(), [kept.bucket])
  t.deepEqual(
    readdirSync(bucket).filter(name => !name.startsWith('.')),
    [kept.name],
  )
  t.is(await next.objects.sweep([]), 0)
  t.like(await next.objects.find(kept.name), { bucket: kept.bucket, sha256: digestOf(Buffer.from('kept')) })
})

test('one run that is over is swept while others go on', async t => {
  const own = await house(t)
  const writer = (run: string) =>
    openObjectWriter({ folder: join(own.folder, 'objects'), run, bucketFiles: 10, freeBytesMin: 0 })
  // One run's name begins like the other's.
  const [dead, alive] = [await writer('boot1'), await writer('boot11')]
  const sinks = [dead.begin(), alive.begin()]
  for (const sink of sinks) sink.write(Buffer.alloc(500_000))
  await (await house(t, own, 'node2')).objects.sweepRun('boot1')
  t.deepEqual(
    own.bucketsIn().filter(name => name.startsWith('boot')),
    ['boot11-0001'],
  )
  for (const sink of sinks) await sink.abort()
})

test('a link laid in the way of a new file is not followed', async t => {
  const { folder, writer, write } = await writing(t)
  const outside = join(temporary(t), 'outside')
  writeFileSync(outside, 'theirs')
  const name = digestOf(Buffer.from('ours'))
  symlinkSync(outside, join(folder, writer.bucket(), name))
  const written = await write(Buffer.from('ours'))
  t.is(readFileSync(outside, 'utf8'), 'theirs')
  t.is(readFileSync(written.path, 'utf8'), 'ours')
})

const strace = found('strace')
;(strace ? test : test.skip)(
  'an object is durable in this order: bytes, their sync, the name, the sync of the folder',
  async t => {
    const folder = temporary(t)
    const trace = join(folder, 'trace')
    const traced = await run(strace ?? '', [
      ...['-f', '-y', '-e', 'trace=fsync,fdatasync,rename', '-o', trace],
      ...[process.execPath, '--import', 'tsx', join(root, 'tests/support/node-objects.ts'), folder],
    ])
    t.is(traced.code, 0, traced.output)
    const calls = readFileSync(trace, 'utf8')
      .split('\n')
      .filter(line => line.includes('run1-0001'))
      .map(line => /(fdatasync|fsync|rename)\(/.exec(line)?.[1])
    t.deepEqual(calls, ['fdatasync', 'rename', 'fsync'])
  },
)
