import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TOTP } from 'otpauth'
import type { Locator, Page } from 'playwright-core'
import { checked, type SignedCertificate } from '../../node/archive/retention/certificate.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { KEEPERS, type OldAct, playLongAgo, shiftedClock, wordsOf } from '../support/long-ago.js'
import { openNode, settingsFor, type TestNode, temporary } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { unguarded } from '../support/tampering.js'
import { faultsOf } from '../support/web-axe.js'
import { PASSWORD } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

/** The second factor counts for so long; the clock of the node goes further when it is told to. */
const FRESH_MINUTES = 5
const PHRASE = 'une phrase assez longue'

interface Scene {
  node: TestNode
  screens: Awaited<ReturnType<typeof openScreens>>
  first: Visitor
  second: Visitor
  auditor: Visitor
  canary: OldAct
  held: OldAct
  child: OldAct
  /** Minutes that passed beside those of this machine. */
  passed: { minutes: number }
  /** Where a backup from before the destruction lies. */
  backup: string
  phrase: string
  certificate: { name: string; path: string }
}

const step = tell<Scene>(async undo => {
  const folder = temporary(undo)
  const born = new Date().getFullYear() - 24
  const [canary, held, child] = (await playLongAgo(undo, folder, [
    { id: 'A1', family: 'CANARI', birthDate: '1960-02-03' },
    { id: 'A2', family: 'RETENU', birthDate: '1961-02-03' },
    { id: 'A3', family: 'ENFANT', birthDate: `${born}-03-04` },
  ])) as [OldAct, OldAct, OldAct]
  const passed = { minutes: 0 }
  const node = await openNode(undo, {
    folder,
    clock: shiftedClock(() => passed.minutes * 60_000),
    env: { RELAIS_ACCOUNTS_SECOND_FACTOR_FRESH_MINUTES: String(FRESH_MINUTES) },
  })
  const screens = await openScreens(undo, node.addresses.http)
  const home = temporary(undo)
  const phrase = join(home, 'phrase')
  writeFileSync(phrase, `${PHRASE}\n`)
  return {
    ...{ node, screens, canary, held, child, passed, phrase },
    first: await screens.visit({ scheme: 'light' }),
    second: await screens.visit({ language: 'en' }),
    auditor: await screens.visit({ scheme: 'light' }),
    backup: join(home, 'backup'),
    certificate: { name: '', path: join(home, 'certificate.json') },
  }
})

const seen = (locator: Locator) => locator.first().waitFor({ state: 'visible' })

/** Sets up an authenticator in the dialog that asks for one; gives what shows its codes. */
async function scan(page: Page, words: { check: string; kept: string }, passedMinutes = 0): Promise<TOTP> {
  await page
    .getByRole('dialog')
    .or(page.getByRole('alertdialog'))
    .getByRole('button')
    .filter({ hasText: /^(Application|Authenticator)/ })
    .click()
  await seen(page.getByRole('img', { name: /Scan/ }))
  const shown = page.locator('code').filter({ hasText: /^[A-Z2-7]{4} / })
  const totp = new TOTP({ secret: ((await shown.textContent()) ?? '').replace(/\s/g, '') })
  await page
    .locator('input[name=code]')
    .fill(totp.generate({ timestamp: Date.now() + passedMinutes * 60_000 }))
  await page.getByRole('button', { name: words.check, exact: true }).click()
  await page.getByRole('button', { name: words.kept, exact: true }).click()
  return totp
}

const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })

step(
  'what falls due in a year is seen by who keeps the records of a site, with the reason of each day',
  async (t, { first, screens, canary, held, child }) => {
    const { page } = first
    await first.signIn(KEEPERS.first)
    await page.goto('/journal/retention')
    await seen(page.getByRole('heading', { name: 'Conservation et destruction' }))
    for (const { reference } of [canary, held])
      await seen(rowOf(page, reference).getByText('dernier contact', { exact: true }))
    t.is(await rowOf(page, child.reference).count(), 0, 'kept until the 28th birthday')
    t.deepEqual(await faultsOf(page, 'retention'), [])
    await screens.picture('retention-due')
    const year = new Date().getFullYear() + 5
    await page.getByRole('button', { name: /Jusqu’à la fin de/ }).click()
    await page.getByRole('option', { name: String(year), exact: true }).click()
    await seen(rowOf(page, child.reference).getByText('28 ans du patient', { exact: true }))
    await seen(page.getByRole('table', { name: 'Dossiers par site et par année' }))
    await screens.picture('retention-later')
  },
)

step(
  'a hold, a claim and a death are recorded by name, after the second factor the policy asks for, and released with a reason',
  async (t, { first, screens, node, canary, held, child }) => {
    const { page } = first
    const dialog = page.getByRole('dialog')
    const grave = page.getByRole('alertdialog')
    const choose = async (label: RegExp, option: string) => {
      await dialog.getByRole('button', { name: label }).click()
      await page.getByRole('option', { name: option, exact: true }).click()
    }
    await page.goto('/journal/retention')
    await rowOf(page, held.reference).getByRole('button', { name: 'Inscrire…' }).click()
    await dialog.getByLabel(/Motif ou pièce/).fill('Réquisition 12')
    t.deepEqual(await faultsOf(page, 'retention, a mark'), [])
    await screens.picture('retention-mark')
    await dialog.getByRole('button', { name: 'Inscrire', exact: true }).click()
    await scan(page, { check: 'Vérifier', kept: 'Je les ai gardés' })
    await seen(rowOf(page, held.reference).getByText('gel juridique', { exact: true }))
    await dialog.waitFor({ state: 'detached' })

    await rowOf(page, canary.reference).getByRole('button', { name: 'Inscrire…' }).click()
    await choose(/^Plainte|^Gel|Quoi/, 'Plainte : suspend tout')
    await dialog.getByLabel(/Motif ou pièce/).fill('Plainte 7')
    await dialog.getByRole('button', { name: 'Inscrire', exact: true }).click()
    await seen(rowOf(page, canary.reference).getByText('plainte', { exact: true }))
    await dialog.waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'Inscrire…' }).first().click()
    await dialog.getByLabel(/Référence d’un dossier/).fill('N-9999')
    await choose(/^Plainte|^Gel|Quoi/, 'Décès du patient')
    await dialog.getByLabel(/Jour du décès/).fill('2999-01-01')
    await dialog.getByLabel(/Motif ou pièce/).fill('Acte 8')
    await dialog.getByRole('button', { name: 'Inscrire', exact: true }).click()
    await seen(dialog.getByText('Aucun dossier de votre site n’a cette référence.'))
    await dialog.getByLabel(/Référence d’un dossier/).fill(child.reference)
    await dialog.getByRole('button', { name: 'Inscrire', exact: true }).click()
    await seen(dialog.getByText('Un jour passé, ou aujourd’hui.'))
    await screens.picture('retention-mark-refused')
    const died = `${new Date().getFullYear() - 16}-02-01`
    await dialog.getByLabel(/Jour du décès/).fill(died)
    await dialog.getByRole('button', { name: 'Inscrire', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })

    await page.getByRole('link', { name: 'Décès, plaintes, gels' }).click()
    for (const reason of ['Réquisition 12', 'Plainte 7', 'Acte 8'])
      await seen(rowOf(page, reason).getByText('Mme Archive'))
    t.deepEqual(await faultsOf(page, 'retention, the marks'), [])
    await rowOf(page, 'Plainte 7').getByRole('button', { name: 'Lever…' }).click()
    await grave.getByLabel(/Motif ou pièce/).fill('Affaire close')
    await grave.getByRole('button', { name: 'Lever', exact: true }).click()
    await seen(rowOf(page, 'Plainte 7').getByText('Affaire close'))
    await screens.picture('retention-marks')
    t.is((await node.facts('retention-marked')).length, 3)
    t.like((await node.facts('retention-released')).at(-1)?.origin, { name: 'Mme Archive' })

    await page.goto('/journal/retention')
    await seen(rowOf(page, child.reference).getByText(/^décès le /))
    await page.getByRole('link', { name: 'Durées' }).click()
    await rowOf(page, 'Hôpital Nord').getByRole('button', { name: 'Modifier…' }).click()
    await dialog.getByLabel(/Dossiers, en années/).fill('10')
    await dialog.getByLabel(/Motif ou pièce/).fill('essai')
    await dialog.getByRole('button', { name: 'Fixer', exact: true }).click()
    await seen(dialog.getByText('20–100'))
    await screens.picture('retention-clocks')
    t.deepEqual(await faultsOf(page, 'retention, the periods'), [])
    await dialog.getByRole('button', { name: 'Ne rien faire' }).click()
    t.deepEqual(first.faults, [])
  },
)

step(
  'a destruction is proposed with a reason, and whoever proposed it cannot confirm it',
  async (t, { first, screens, node, canary, held, backup, phrase }) => {
    const { page } = first
    await page.goto('/journal/retention')
    await seen(rowOf(page, held.reference).getByText('gel juridique', { exact: true }))
    t.is(
      await rowOf(page, held.reference).getByRole('button', { name: 'Proposer la destruction…' }).count(),
      0,
    )
    await rowOf(page, canary.reference).getByRole('button', { name: 'Proposer la destruction…' }).click()
    const grave = page.getByRole('alertdialog')
    await grave.getByLabel(/Motif ou pièce/).fill('Délai écoulé')
    t.deepEqual(await faultsOf(page, 'retention, a proposal'), [])
    await screens.picture('retention-propose')
    await grave.getByRole('button', { name: 'Proposer', exact: true }).click()
    await seen(rowOf(page, canary.reference).getByText('destruction proposée', { exact: true }))
    await page.getByRole('link', { name: 'Destructions' }).click()
    const row = rowOf(page, canary.reference)
    await seen(row.getByText('attend une seconde personne', { exact: true }))
    await seen(row.getByText('une autre personne confirme', { exact: true }))
    t.is(await row.getByRole('button', { name: 'Confirmer…' }).count(), 0)
    const [proposed] = await node.services.destructions.list({ account: { id: '' } } as never)
    const answer = await page.request.post(`/api/archive/destructions/${proposed?.id}/confirm`, {
      data: { reauthentication: { password: PASSWORD } },
      headers: { origin: node.addresses.http, 'idempotency-key': 'own-confirmation' },
    })
    t.is(answer.status(), 409)
    t.like((await node.facts('destruction-proposed')).at(-1)?.origin, { name: 'Mme Archive' })
    t.is((await node.facts('destruction-confirmed')).length, 0)

    // Of the record as it still is: the old volume closed, under the phrase of a file.
    await eventually('the old year is closed', async () =>
      (await node.facts('volume-closed')).length > 0 ? true : undefined,
    )
    const said = await relais(['backup', backup, '--passphrase-file', phrase], settingsFor(node.folder))
    t.is(said.code, 0, said.stderr)
    t.regex(said.stdout, /^Backed up: \d+ entries of the journal, \d+ objects, the keys\.\n$/)
    for (const part of ['relais.sqlite', 'archive', 'objects']) t.true(namedIn(join(backup, part)) > 0, part)
  },
)

step(
  'a second person sets up a second factor, shows it, and confirms; the record is gone from every list',
  async (t, { first, second, screens, node, passed, canary, held, certificate }) => {
    const { page } = second
    await second.signIn(KEEPERS.second)
    await page.goto('/journal/retention?part=destructions')
    const row = rowOf(page, canary.reference)
    await row.getByRole('button', { name: 'Confirm…' }).click()
    const grave = page.getByRole('alertdialog')
    await seen(grave.getByText('It takes a second factor, and you have none yet.'))
    t.is(await grave.getByRole('button', { name: 'Destroy', exact: true }).count(), 0)
    t.deepEqual(await faultsOf(page, 'retention, no second factor yet'), [])
    await screens.picture('retention-confirm-none')
    await grave.getByRole('button', { name: 'Set it up…' }).click()
    const totp = await scan(page, { check: 'Check', kept: 'I have kept them' })
    const destroy = grave.getByRole('button', { name: 'Destroy', exact: true })
    await seen(destroy)
    await grave.locator('input[name=password]').fill('une autre phrase')
    await destroy.click()
    await seen(grave.getByText('Wrong password: nothing is destroyed.'))
    t.deepEqual(await faultsOf(page, 'retention, the confirmation'), [])
    await screens.picture('retention-confirm')

    // What was shown has gone stale meanwhile: it is asked for where the answer is about to be given.
    passed.minutes += FRESH_MINUTES + 1
    await grave.locator('input[name=password]').fill(PASSWORD)
    await destroy.click()
    const code = page.locator('input[name=code]')
    await seen(code)
    t.is((await node.facts('destruction-confirmed')).length, 0)
    await screens.picture('retention-confirm-code')
    await code.fill(totp.generate({ timestamp: Date.now() - 3_600_000 }))
    await page.keyboard.press('Enter')
    await seen(page.getByText(/^This is not right/))
    await code.fill(totp.generate({ timestamp: Date.now() + passed.minutes * 60_000 }))
    await page.keyboard.press('Enter')
    await seen(row.getByText('destroyed', { exact: true }))
    await grave.waitFor({ state: 'detached' })
    t.like((await node.facts('destruction-confirmed')).at(-1)?.origin, { name: 'M. Second' })
    await screens.picture('retention-destroyed')
    t.deepEqual(await faultsOf(page, 'retention, the destructions'), [])

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      row.getByRole('button', { name: 'Certificate', exact: true }).click(),
    ])
    certificate.name = file.suggestedFilename()
    t.regex(certificate.name, /^relais-destruction-dst_\w+\.json$/)
    await file.saveAs(certificate.path)
    const signed = JSON.parse(readFileSync(certificate.path, 'utf8')) as SignedCertificate
    t.like(checked(signed), {
      what: 'act',
      reference: canary.reference,
      proposedBy: { name: 'Mme Archive' },
      confirmedBy: { name: 'M. Second' },
      law: 'CSP R.1112-7',
    })
    t.is(checked({ ...signed, text: signed.text.replace('M. Second', 'M. Autre') }), undefined)

    await page.getByRole('link', { name: 'Due', exact: true }).click()
    await seen(page.getByRole('table'))
    t.is(await rowOf(page, canary.reference).count(), 0)
    const { archive } = node.services
    t.is((await archive.known(canary.reference)) ?? null, null)
    t.regex((await archive.gone(canary.reference))?.sentence ?? '', /destroyed by certificate dst_/)
    const referrer = await screens.visit()
    await referrer.signIn('demandeur@nord.example')
    await referrer.page.goto('/studies')
    await seen(referrer.page.getByText(held.patient.family))
    t.notRegex(await referrer.page.content(), /CANARI/)
    await referrer.page.goto(`/requests/${held.request}`)
    await seen(referrer.page.getByText(wordsOf(held.patient)))
    for (const path of ['/api/requests?limit=100', '/api/reports?limit=100', '/api/studies?limit=100']) {
      const text = await (await referrer.page.request.get(path)).text()
      t.regex(text, /RETENU/, path)
      t.notRegex(text, /CANARI/, path)
    }
    t.deepEqual([...first.faults, ...second.faults, ...referrer.faults], [])
  },
)

step(
  'a backup from before, restored by the command, obeys the certificate: everything fits, and what was destroyed is nowhere',
  async (t, { node, canary, held, backup, phrase, certificate }) => {
    const home = temporary(t)
    const certificates = join(home, 'certificates')
    mkdirSync(certificates)
    writeFileSync(join(certificates, certificate.name), readFileSync(certificate.path))
    const data = join(home, 'data')
    const env = settingsFor(data)
    const restored = await relais(
      ['restore', backup, '--passphrase-file', phrase, '--certificates', certificates],
      env,
    )
    t.is(restored.code, 0, `${restored.stdout}${restored.stderr}`)
    t.regex(restored.stdout, /Destroyed again by certificate: 1 record\./)
    t.regex(restored.stdout, new RegExp(`The record of ${canary.reference}: destroyed by certificate dst_`))
    const verified = await relais(['verify', '--objects'], env)
    t.is(verified.code, 0, verified.stdout)
    t.regex(verified.stdout, /^All \d+ entries and \d+ files fit/)
    t.is(namedIn(data), 0)
    t.true(namedIn(data, held.patient.family) > 0, 'the others are there')

    // The node goes on there: nobody finds it, and nothing is owed any more.
    const there = await openNode(t, { folder: data })
    t.is((await there.services.requests.known(canary.request)) ?? null, null)
    t.is((await there.facts('destruction-done')).length, 1)
    t.true((await there.services.proof.checkpoints.sign()) !== undefined)
    t.is(await there.services.proof.checkpoints.log(), await node.services.proof.checkpoints.log())
  },
)

step(
  'the auditor reads who did what, to which act, when and from where, by keyboard; the reading and the files are recorded',
  async (t, { auditor, screens, node, passed, canary, held }) => {
    const { page } = auditor
    await auditor.signIn(KEEPERS.auditor)
    await page.goto('/journal')
    await scan(page, { check: 'Vérifier', kept: 'Je les ai gardés' }, passed.minutes)
    const table = page.getByRole('table', { name: 'Inscriptions du journal, la plus récente d’abord' })
    await seen(table.getByText('M. Second, administrateur'))
    t.deepEqual(await faultsOf(page, 'journal'), [])
    await screens.picture('journal')

    // By the keyboard: one act's entries, one of them opened.
    await page.getByLabel('Objet (identifiant)').fill(canary.request)
    await page.waitForURL(/subject=req_/)
    // The rows from before stand until those of the act have come.
    await eventually('the entries of the act alone', async () => {
      const rows = await table.locator('tbody').allInnerTexts()
      return rows.length > 0 && rows.every(row => row.includes(canary.request)) ? true : undefined
    })
    await seen(table.getByText('Destruction confirmée', { exact: false }))
    const first = table.getByRole('button', { name: /^Détail de l’inscription/ }).first()
    await first.focus()
    await page.keyboard.press('Enter')
    await table.locator('button[aria-expanded=true]').waitFor()
    await seen(page.getByText('Empreinte SHA-256'))
    await page.keyboard.press('Enter')
    await table.locator('button[aria-expanded=true]').waitFor({ state: 'detached' })

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Exporter (CSV)' }).click(),
    ])
    const path = join(temporary(t), 'journal.csv')
    await file.saveAs(path)
    const csv = rowsIn(path)
    t.is(csv[0]?.join(), 'seq,at,type,site,by,name,role,address,ids,body,sha256')
    t.true(csv.slice(1).every(row => row.length === 11 && row[8]?.includes(canary.request)))
    const confirmation = csv.find(row => row[2] === 'destruction-confirmed')
    t.is(confirmation?.[5], 'M. Second')
    t.is(JSON.parse(confirmation?.[9] ?? '').reference, canary.reference)
    t.like((await node.facts('journal-exported')).at(-1), {
      body: { format: 'csv', subject: canary.request },
      origin: { name: 'Audit Essai' },
    })
    t.like((await node.facts('journal-read')).at(-1)?.origin, { name: 'Audit Essai' })
    await page.getByRole('button', { name: 'Retirer les filtres' }).click()

    await page.getByRole('link', { name: 'Accès par patient' }).click()
    await page.getByLabel('Numéro de patient, référence de demande ou UID d’examen').fill(held.patient.id)
    await page.keyboard.press('Enter')
    await seen(page.getByRole('row').filter({ hasText: 'Dr Demande' }).getByText('Demande ouverte'))
    t.deepEqual(await faultsOf(page, 'access by patient'), [])
    t.notRegex(page.url(), /A2/)
    t.is((await node.facts('access-read')).at(-1)?.origin?.by, 'account')
    await page.goto('/journal')
    await page.getByRole('button', { name: /^Mon compte/ }).click()
    // Shown at once, told to the node afterwards: the next page must not come before.
    const told = page.waitForResponse(answer => answer.url().endsWith('/session/language'))
    await page.getByRole('dialog').getByText('English', { exact: true }).click()
    await page.keyboard.press('Escape')
    await seen(page.getByRole('table', { name: 'Entries of the journal, newest first' }))
    await told
    await screens.picture('journal-english')
    t.deepEqual(auditor.faults, [])
  },
)

step(
  'a journal that was changed is verified on the screen, which names each entry that does not fit, in both languages',
  async (t, { auditor, screens, node }) => {
    const { page } = auditor
    await page.goto('/journal')
    const entry = (await node.services.journal.head()) - 3
    const verify = page.getByRole('button', { name: 'Verify the chain' })
    await verify.click()
    await seen(page.getByText(/^All fits: \d+ entries recomputed/))
    damage(node, entry)
    await verify.click()
    await seen(page.getByText(`Entry ${entry}:`, { exact: false }))
    await seen(page.getByText('its body does not fit its commitments', { exact: false }))
    await page.getByText('What was checked', { exact: true }).click()
    await seen(page.getByText('every destruction against its certificate', { exact: true }))
    await screens.picture('journal-damaged')
    t.deepEqual(await faultsOf(page, 'journal, damaged'), [])
    await page.getByRole('button', { name: /^My account/ }).click()
    await page.getByRole('dialog').getByText('Français', { exact: true }).click()
    await page.keyboard.press('Escape')
    await seen(page.getByText(`Inscription ${entry} :`, { exact: false }))
    await seen(page.getByText('chaque destruction, d’après son certificat', { exact: true }))
    t.deepEqual(auditor.faults, [])
  },
)

/** In how many files below the name stands. */
function namedIn(path: string, name = 'CANARI'): number {
  if (statSync(path).isFile()) return readFileSync(path).includes(name) ? 1 : 0
  return readdirSync(path, { withFileTypes: true })
    .filter(each => each.isDirectory() || each.isFile())
    .map(each => namedIn(join(path, each.name), name))
    .reduce((sum, n) => sum + n, 0)
}

/** A CSV with semicolons as another program reads it: Python's own reader. */
function rowsIn(path: string): string[][] {
  const program =
    'import csv, json, sys; print(json.dumps(list(csv.reader(open(sys.argv[1], encoding="utf-8-sig", newline=""), delimiter=";"))))'
  return JSON.parse(execFileSync('python3', ['-c', program, path], { encoding: 'utf8' })) as string[][]
}

/** One body of the journal changed, as somebody would who has the file and any tool. */
function damage({ services }: TestNode, entry: number): void {
  const db = unguarded(services.db.file)
  try {
    const { changes } = db.prepare("UPDATE journal_bodies SET body = body || ' ' WHERE seq = ?").run(entry)
    if (changes !== 1) throw new Error(`entry ${entry} has no body here`)
  } finally {
    db.close()
  }
}
