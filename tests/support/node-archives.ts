// Does one thing of the archive, to be killed in the middle of it; says what is done:
// node --import tsx tests/support/node-archives.ts FOLDER seal|rotate|close|upgrade|destroy
import { join } from 'node:path'
import { systemClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { fillTree } from '../../node/journal/tree.js'
import { migrations } from '../../node/program/migrations.js'
import { AFTER, DURING, openArchiveHouse } from './archive-house.js'
import { DESTROYED_AT, openLeftDestruction } from './destruction-house.js'

const [, , folder = '', work] = process.argv
const say = (text: string) => process.stdout.write(`${text}\n`)

if (work === 'upgrade') {
  say('begins')
  const db = openDatabase({ file: join(folder, 'relais.sqlite'), migrations, clock: systemClock() })
  await fillTree(db)
  await db.close()
} else if (work === 'destroy') {
  const house = await openLeftDestruction(folder, DESTROYED_AT)
  say('begins')
  await house.destructions.replayNow()
  await house.db.close()
} else {
  const house = await openArchiveHouse(folder, work === 'close' ? AFTER : DURING)
  say('begins')
  if (work === 'close') await house.sealing.closeYears()
  for (let n = 0; n < 60 && work === 'seal'; n++) {
    await house.seal(`req_${process.pid}_${n}`)
    say(`done req_${process.pid}_${n}`)
  }
  for (let n = 0; n < 200 && work === 'rotate'; n++) {
    const { fingerprint } = await house.checkpoints.rotate({ by: 'command', user: 'test' })
    say(`done ${fingerprint}`)
  }
  await house.close()
}
say('ends')
