import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Failure } from '../../node/errors.js'
import { takeInventory } from '../../node/imports/inventory.js'
import { openMedium } from '../../node/imports/media/open.js'
import { evilDiscs } from '../support/evil-discs.js'
import { temporary } from '../support/node.js'
import { writePhantom } from '../support/phantoms.js'
import { dice, seed } from '../support/scale.js'

/** promises.md, row 34. */
const ENDS_WITHIN_MS = 60_000

test('200 evil discs: none escapes, each ends with a reason, and the good files still come in', async t => {
  t.log(`seed ${seed} (RELAIS_TEST_SEED gives it back)`)
  const house = temporary(t)
  const [image] = writePhantom(house, 'good', { images: 1 }).files
  const good = readFileSync(image?.file ?? '')
  const discs = evilDiscs(good, dice(seed))
  t.is(discs.length, 200)
  let slowest = { name: '', ms: 0 }
  for (const [at, disc] of discs.entries()) {
    const folder = join(house, String(at))
    const scratch = join(folder, 'scratch')
    mkdirSync(scratch, { recursive: true })
    const path = disc.write(folder)
    const around = readdirSync(folder, { recursive: true }).length
    const began = performance.now()
    let taken = false
    let reasons = 0
    let files = 0
    try {
      const medium = await openMedium(path)
      const taking = takeInventory(medium, scratch)
      for (let step = await taking.next(); ; step = await taking.next()) {
        if (step.done) {
          // An empty folder is one too: changed bytes may say that a disc holds nothing.
          if (step.value.broken !== undefined || files === 0) reasons += 1
          break
        }
        files += 1
        const { sha256, verdict, reason, dicom } = step.value
        if (dicom?.attributes.SOPInstanceUID === image?.sopInstanceUID && verdict !== 'unreadable')
          taken ||= sha256 !== undefined
        if (verdict === 'not-dicom') reasons += 1
        if (verdict === 'unreadable' || verdict === 'missing') {
          reasons += 1
          t.truthy(reason, `${disc.name}: ${step.value.path}`)
        }
      }
      await medium.close()
    } catch (thrown) {
      if (!(thrown instanceof Failure)) t.log(disc.name, thrown)
      t.true(thrown instanceof Failure, disc.name)
      reasons += 1
    }
    const ms = performance.now() - began
    if (ms > slowest.ms) slowest = { name: disc.name, ms }
    t.true(ms < ENDS_WITHIN_MS, `${disc.name}: ${Math.round(ms)} ms`)
    if (disc.goodComesIn) t.true(taken, `${disc.name}: the good file is lost`)
    else t.true(taken || reasons > 0, `${disc.name}: no reason`)
    t.deepEqual(readdirSync(scratch), [], `${disc.name}: something is left`)
    t.is(readdirSync(folder, { recursive: true }).length, around, disc.name)
  }
  t.log(`the slowest: ${slowest.name}, ${Math.round(slowest.ms)} ms`)
  t.false(existsSync('/tmp/relais-evil'))
})
