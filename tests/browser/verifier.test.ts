import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import anyTest, { type TestFn } from 'ava'
import { chromium } from 'playwright-core'
import { temporary } from '../support/node.js'
import { found } from '../support/programs.js'
import { openReadAct } from '../support/read-act.js'
import { dice, scaled, seed } from '../support/scale.js'

const test = (found('chromium') ? anyTest : anyTest.skip) as TestFn
const COMMAND = { by: 'command' as const, user: 'root' }

const pathsIn = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() ? pathsIn(join(dir, entry.name)) : [join(dir, entry.name)],
  )

test('the page in an exported record checks it without a network: whole, and any changed byte of any file is named', async t => {
  t.timeout(300_000)
  const story = await openReadAct()
  t.teardown(() => story.act.close())
  await story.archive.exportTo(story.request, story.dir, COMMAND)
  const { bytes } = await story.archive.bundle(story.request, COMMAND)
  const dir = join(temporary(t), 'dossier')
  cpSync(story.dir, dir, { recursive: true })
  const browser = await chromium.launch({ executablePath: found('chromium') ?? '', args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const context = await browser.newContext({ offline: true, locale: 'fr-FR' })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', error => faults.push(String(error)))
  page.on('console', message => message.type() === 'error' && faults.push(message.text()))
  page.on('request', request => {
    if (!request.url().startsWith('file:') && !request.url().startsWith('blob:')) faults.push(request.url())
  })
  await page.goto(pathToFileURL(join(dir, 'verifier.html')).href)

  const verdict = async (pick: () => Promise<void>) => {
    await page.evaluate("document.getElementById('verdict').className = ''")
    await pick()
    await page.waitForSelector('#verdict.good, #verdict.bad', { timeout: 30_000 })
    return {
      text: await page.textContent('#verdict'),
      bad: await page.locator('#checks li.bad').allTextContents(),
    }
  }
  const folder = () => verdict(() => page.setInputFiles('#folder', dir))
  t.deepEqual(await folder(), { text: 'Tout concorde.', bad: [] }, faults.join())
  const zip = join(temporary(t), 'dossier.zip')
  writeFileSync(zip, bytes)
  t.deepEqual(await verdict(() => page.setInputFiles('#zip', zip)), { text: 'Tout concorde.', bad: [] })
  if (process.env['RELAIS_TEST_SCREENS'])
    await page.screenshot({ path: join(process.env['RELAIS_TEST_SCREENS'], 'verifier.png'), fullPage: true })
  await page.click('#language')
  t.is(await page.textContent('#verdict'), 'Everything fits.')
  await page.click('#language')

  const roll = dice(seed)
  t.log(`seed ${seed}`)
  const files = pathsIn(dir).map(path => relative(dir, path))
  const paths = [
    ...files,
    ...Array.from({ length: scaled(6, 500) }, () => files[roll(files.length)] as string),
  ]
  for (const path of paths) {
    const file = join(dir, path)
    const before = readFileSync(file)
    const at = roll(before.length)
    const after = Buffer.from(before)
    after[at] = (after[at] as number) ^ (1 << roll(8))
    writeFileSync(file, after)
    const { text, bad } = await folder()
    writeFileSync(file, before)
    t.is(text, 'Le dossier a été modifié, ou il est incomplet.', `${path} at ${at}`)
    t.true(bad.join().includes(path) || path === 'MANIFEST.sha256', `${path} at ${at}: ${bad.join()}`)
  }
  // A file taken away, one brought in.
  execFileSync('mv', [join(dir, 'reports/1.pdf'), join(dir, 'reports/9.pdf')])
  const moved = (await folder()).bad.join()
  t.true(moved.includes('reports/1.pdf') && moved.includes('reports/9.pdf'), moved)
  execFileSync('mv', [join(dir, 'reports/9.pdf'), join(dir, 'reports/1.pdf')])

  // Somebody who also makes the manifest anew is caught by the journal, the tree and the signature.
  const rewrite = (path: string, from: string | RegExp, to: string) => {
    const file = join(dir, path)
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, before.replace(from, to))
    const lines = pathsIn(dir)
      .map(each => relative(dir, each))
      .filter(each => each !== 'MANIFEST.sha256')
      .map(each => execFileSync('sha256sum', [each], { cwd: dir, encoding: 'utf8' }))
    const manifest = readFileSync(join(dir, 'MANIFEST.sha256'))
    writeFileSync(join(dir, 'MANIFEST.sha256'), lines.join(''))
    return () => {
      writeFileSync(file, before)
      writeFileSync(join(dir, 'MANIFEST.sha256'), manifest)
    }
  }
  for (const [path, from, to, check] of [
    ['journal.json', 'request-claimed', 'request-refused', 'inscriptions du journal'],
    ['reports/2.json', 'normal', 'anormal', 'comptes rendus'],
    ['act.json', /("timeline": [\s\S]*?"name": )"Dr Exemple"/, '$1"Dr Autre"', 'acte'],
    ['proof.json', /"signature": "../, '"signature": "00', 'signature'],
    ['proof.json', /"path": \[\s+"../, '"path": [ "00', 'place de chaque'],
  ] as const) {
    const back = rewrite(path, from, to)
    const { bad } = await folder()
    back()
    t.true(bad.join().toLowerCase().includes(check), `${path}: ${bad.join()}`)
    t.false(bad.join().includes('MANIFEST.sha256)'), `${path}: the manifest was made anew`)
  }
  t.deepEqual(await folder(), { text: 'Tout concorde.', bad: [] })
  t.deepEqual(faults, [], 'no request, no error')
  t.true(statSync(join(dir, 'verifier.html')).size < 3_000_000)
})
