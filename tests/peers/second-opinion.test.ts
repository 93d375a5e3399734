import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { systemClock } from '../../node/clock.js'
import { fileHeader } from '../../node/dicom/format/part10.js'
import { phantomStudy } from '../../node/dicom/format/phantom.js'
import { openSecondOpinion } from '../../node/dicom/native.js'
import { Failure } from '../../node/errors.js'
import { eventually, freePort, serve } from '../support/children.js'
import { found } from '../support/programs.js'

const folder = mkdtempSync(join(tmpdir(), 'relais-second-'))
const opinions = openSecondOpinion({ folder, clock: systemClock(), maxCalls: 2 })
test.after.always(() => {
  opinions.close()
  rmSync(folder, { recursive: true, force: true })
})

const titles = { callingAETitle: 'RELAIS', calledAETitle: 'PACS' }
const withPeer = found('dcmqrscp') && found('storescu') ? test.serial : test.serial.skip

withPeer(
  'a peer that answers is heard by the second implementation too: echo, and rows of a find',
  async t => {
    const port = await freePort()
    const store = join(folder, 'store')
    mkdirSync(store)
    const config = join(folder, 'dcmqrscp.cfg')
    writeFileSync(
      config,
      `NetworkTCPPort = ${port}\nMaxPDUSize = 16384\nMaxAssociations = 4\nHostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\nAETable BEGIN\nPACS ${store} RW (9, 1024mb) ANY\nAETable END\n`,
    )
    const pacs = serve('dcmqrscp', ['-c', config], folder)
    t.teardown(() => pacs.stop())
    const peer = { host: '127.0.0.1', port, ...titles, timeoutMs: 15_000 }
    const echo = await eventually(
      'the peer answers an echo',
      async () => {
        const opinion = await opinions.echo(peer)
        return opinion.answered ? opinion : undefined
      },
      30_000,
    )
    t.is(echo.outcome, 'answered')
    t.true(existsSync(join(folder, 'dicom.log')), 'the addon writes its log where it was told to work')

    const [image] = phantomStudy({
      kind: 'ct-head',
      patient: {
        PatientName: 'FICTIF^Amadou',
        PatientID: 'P7',
        PatientBirthDate: '19700101',
        PatientSex: 'M',
      },
      StudyInstanceUID: '2.25.4242',
      StudyDate: '20261124',
      StudyTime: '031500',
      StudyDescription: 'Scanner',
      rows: 64,
      images: 1,
    })
    if (image === undefined) return t.fail('no phantom')
    writeFileSync(join(folder, 'image.dcm'), Buffer.concat([fileHeader(image), image.dataset]))
    execFileSync('storescu', ['-aec', 'PACS', '127.0.0.1', String(port), join(folder, 'image.dcm')])
    const found = await opinions.find(peer, { PatientID: 'P7', PatientName: '', StudyInstanceUID: '' })
    t.true(found.answered)
    t.like(found.rows[0], { PatientName: 'FICTIF^Amadou', StudyInstanceUID: '2.25.4242' })
    t.deepEqual((await opinions.find(peer, { PatientID: 'NOBODY' })).rows, [])

    const wrongTitle = await opinions.echo({ ...peer, calledAETitle: 'NOT-THIS-ONE' })
    t.is(wrongTitle.outcome, 'failed')
    t.regex(wrongTitle.reason, /Rejected/)
  },
)

test.serial(
  'a closed port, a mute peer, an address that is none: each ends with its reason and in its time',
  async t => {
    const closed = await opinions.echo({
      host: '127.0.0.1',
      port: await freePort(),
      ...titles,
      timeoutMs: 10_000,
    })
    t.is(closed.outcome, 'failed')
    t.regex(closed.reason, /refused/i)

    const mute = createServer(() => {})
    mute.listen(0, '127.0.0.1')
    t.teardown(() => mute.close())
    await eventually('the mute peer listens', () => (mute.listening ? true : undefined))
    const address = mute.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const peer = { host: '127.0.0.1', port, ...titles, timeoutMs: 1500 }
    const [first, second] = [opinions.echo(peer), opinions.find(peer, { PatientID: 'X' })]
    await t.throwsAsync(() => opinions.echo(peer), { instanceOf: Failure, message: /already/ })
    for (const opinion of [await first, await second]) {
      t.is(opinion.outcome, 'timed-out')
      t.true(opinion.ms >= 1400 && opinion.ms < 6000)
    }
    for (const bad of [
      { host: 'a b' },
      { host: 'x'.repeat(200) },
      { port: 0 },
      { calledAETitle: 'A\\B' },
      { calledAETitle: '' },
    ]) {
      await t.throwsAsync(() => opinions.echo({ ...peer, ...bad }), { instanceOf: Failure })
    }
  },
)
