import type { CDPSession, Locator, Page } from 'playwright-core'
import type { ReportView } from '../../node/reports/view.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { faultsOf } from '../support/web-axe.js'
import { type House, openHouse, playDemo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'
import { rewrite, writtenIn } from '../support/web-text.js'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  house: House
  reader: Visitor
  /** A head CT whose report nobody has begun. */
  fresh: string
  /** A wrist that is being read. */
  begun: string
}

const step = tell<Scene>(async undo => {
  const house = await openHouse(undo)
  const [fresh, , begun] = await playDemo(house)
  const screens = await openScreens(undo, house.url)
  const reader = await screens.visit()
  await reader.signIn('radiologue@lecture.example')
  return { screens, house, reader, fresh: fresh?.id ?? '', begun: begun?.id ?? '' }
})

const seen = (locator: Locator) => locator.waitFor({ state: 'visible' })
const section = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
const openDesk = async (page: Page, request: string) => {
  await page.goto(`/requests/${request}/report`)
  await seen(section(page, 'Conclusion'))
}
/** What stands in a section once it is this; what stands there instead is the failure. */
const reads = async (page: Page, name: string, text: string) => {
  let last = ''
  await eventually(`${name}: ${text}`, async () => {
    last = await writtenIn(section(page, name))
    return last === text ? true : undefined
  }).catch((error: unknown) => {
    throw new Error(`${name} reads ${JSON.stringify(last)}`, { cause: error })
  })
}
/** Empties a section and leaves the caret in it. */
const begin = async (page: Page, name: string) => {
  await rewrite(section(page, name), '')
  await reads(page, name, '')
}
const saved = (page: Page) => seen(page.getByText(/^Enregistré \d/))
/** What the node holds. */
async function held({ house, reader: { context } }: Scene, request: string): Promise<ReportView> {
  const known = await house.node.services.requests.known(request)
  const answer = await context.request.get(`/api/reports/${known?.record.report}`)
  return (await answer.json()) as ReportView
}

/** Saving waits until it is let go: the node hears nothing of what is typed meanwhile. */
async function holdSaving(page: Page): Promise<() => void> {
  let letGo = () => {}
  const free = new Promise<void>(resolve => {
    letGo = resolve
  })
  await page.route('**/api/reports/*', async route => {
    if (route.request().method() !== 'PUT') return route.continue()
    await free
    // The page may be gone by then.
    await route.continue().catch(() => undefined)
  })
  return letGo
}

/** Bytes of the encrypted texts on this machine: they grow by one with each letter. As text: see the walk's stopwatch. */
const bytesKept = (page: Page): Promise<number> =>
  page.evaluate(`new Promise(resolve => {
    const asking = indexedDB.open('relais', 1)
    asking.onsuccess = () => {
      const all = asking.result.transaction('drafts').objectStore('drafts').getAll()
      all.onsuccess = () => {
        asking.result.close()
        resolve(all.result.reduce((sum, { bytes }) => sum + bytes.byteLength, 0))
      }
    }
  })`)

step(
  'what images and request say stands in the text as what it is; what is missing there is one action away',
  async (t, { screens, reader, fresh }) => {
    const { page } = reader
    await page.goto(`/requests/${fresh}`)
    await page
      .getByRole('button', { name: /^Prendre/ })
      .first()
      .click()
    await seen(page.getByRole('link', { name: /^Lire/ }).first())
    await openDesk(page, fresh)
    const known = page.getByRole('list', { name: 'Connu de cet examen' })
    await seen(known.getByText('en-têtes des images').first())
    await page.keyboard.press('Alt+m')
    const technique = section(page, 'Technique')
    const marked = technique.getByTitle('Source : en-têtes des images')
    await seen(marked.filter({ hasText: 'IDSV 48,6 mGy' }))
    t.deepEqual(await known.getByRole('button').allInnerTexts(), [], 'the template says all of it')
    // Changed by a hand, a figure is no longer the images'.
    await begin(page, 'Technique')
    await page.keyboard.type('Acquisition hélicoïdale. Dose : IDSV 47 mGy.')
    await known.getByRole('button', { name: /^Dose/ }).click()
    await reads(page, 'Technique', 'Acquisition hélicoïdale. Dose : IDSV 47 mGy. Dose : IDSV 48,6 mGy.')
    await seen(marked)
    t.deepEqual(await marked.allInnerTexts(), ['IDSV 48,6 mGy'])
    await screens.picture('known')
    t.deepEqual(await faultsOf(page, 'desk with a text'), [])
    await page.keyboard.press('Control+z')
    await reads(page, 'Technique', 'Acquisition hélicoïdale. Dose : IDSV 47 mGy.')
    await saved(page)
  },
)

step(
  'a template is taken back by one key, section by section, and brought again',
  async (t, { reader, fresh }) => {
    const { page } = reader
    await openDesk(page, fresh)
    const normal = await writtenIn(section(page, 'Résultats'))
    await begin(page, 'Résultats')
    await page.keyboard.press('Control+z')
    await reads(page, 'Résultats', normal)
    t.regex(normal, /^Pas d/)
    await page.keyboard.press('Control+Shift+z')
    await reads(page, 'Résultats', '')
    await saved(page)
  },
)

step(
  'dictation software and input methods write as a keyboard does, into open fields too',
  async (t, scene) => {
    const { begun } = scene
    const { page, context } = scene.reader
    await openDesk(page, begun)
    const cdp = await context.newCDPSession(page)
    await begin(page, 'Conclusion')
    // Dictation that types into the page gives whole words and sentences, without a key.
    await cdp.send('Input.insertText', { text: 'Fracture du radius' })
    await cdp.send('Input.insertText', { text: ' distal, recul de [taille] mm.' })
    await reads(page, 'Conclusion', 'Fracture du radius distal, recul de [taille] mm.')
    await page.keyboard.press('Control+Home')
    await page.keyboard.press('Tab')
    await eventually('the field is taken', async () =>
      (await page.evaluate('getSelection().toString()')) === '[taille]' ? true : undefined,
    )
    await cdp.send('Input.insertText', { text: 'trois' })
    await reads(page, 'Conclusion', 'Fracture du radius distal, recul de trois mm.')
    await seen(page.getByText(/^Modifié|^Enregistré|^Enregistrement/))

    await begin(page, 'Conclusion')
    await composed(cdp, ['o', 'oe', 'œd', 'œdème'])
    await reads(page, 'Conclusion', 'œdème')
    await page.keyboard.type(' discret')
    await composed(cdp, [' s', ' si', ' signal'])
    await reads(page, 'Conclusion', 'œdème discret signal')
    // A composition given up leaves nothing.
    await cdp.send('Input.imeSetComposition', { text: ' rien', selectionStart: 5, selectionEnd: 5 })
    await cdp.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 })
    await reads(page, 'Conclusion', 'œdème discret signal')
    await saved(page)
    t.is((await held(scene, begun)).sections.conclusion, 'œdème discret signal')
  },
)

/** A word as an input method makes it: shown while it changes, then given. */
async function composed(cdp: CDPSession, stages: string[]): Promise<void> {
  for (const text of stages)
    await cdp.send('Input.imeSetComposition', {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    })
  await cdp.send('Input.insertText', { text: stages.at(-1) ?? '' })
}

step(
  'what is pasted comes as clean text, in lines, and is taken back by one key',
  async (t, { reader, begun }) => {
    const { page, context } = reader
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await begin(page, 'Résultats')
    await page.keyboard.type('Avant. Après.')
    for (let letters = 0; letters < ' Après.'.length; letters++) await page.keyboard.press('ArrowLeft')
    await paste(page, {
      'text/html': '<b style="color:red">Gras</b>',
      'text/plain': ' Texte\u200B riche\t12\u00AD mm\r\nDeuxième ligne',
    })
    await reads(page, 'Résultats', 'Avant. Texte riche 12 mm\nDeuxième ligne Après.')
    await page.keyboard.press('Control+z')
    await reads(page, 'Résultats', 'Avant. Après.')

    // Some programs give markup alone.
    await begin(page, 'Résultats')
    await paste(page, {
      'text/html': `<h1>Titre</h1>
      <p>Un <i>mot</i>
         sur deux lignes<script>document.title = 'run'</script></p>
      <ul><li>un</li><li>deux <img src="/nowhere.png" onerror="document.title = 'run'"></li></ul>
      <table><tr><td>a</td><td>b</td></tr></table>`,
    })
    await reads(page, 'Résultats', 'Titre\nUn mot sur deux lignes\n- un\n- deux\na b')
    t.is(await section(page, 'Résultats').locator('img, b, i, ul, table, script').count(), 0)
    t.not(await page.title(), 'run')
    // A list goes on by Enter, and ends by Enter on an item nobody wrote.
    await begin(page, 'Résultats')
    await page.keyboard.type('1. un')
    await page.keyboard.press('Enter')
    await page.keyboard.type('deux')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.keyboard.type('fin')
    await reads(page, 'Résultats', '1. un\n2. deux\nfin')
    await saved(page)
    await page.reload()
    await reads(page, 'Résultats', '1. un\n2. deux\nfin')
    t.truthy(begun)
  },
)

/** By the clipboard itself, as another program would have filled it. */
async function paste(page: Page, kinds: Record<string, string>): Promise<void> {
  await page.evaluate(
    given =>
      navigator.clipboard.write([
        new ClipboardItem(
          Object.fromEntries(Object.entries(given).map(([type, text]) => [type, new Blob([text], { type })])),
        ),
      ]),
    kinds,
  )
  await page.keyboard.press('Control+v')
}

step('too long a section says so at once, and is saved as soon as it is not', async (t, scene) => {
  const { page } = scene.reader
  await begin(page, 'Résultats')
  await paste(page, { 'text/plain': 'Une ligne de texte.\n'.repeat(1_100) })
  const tooLong = page.getByText('Plus de 20 000 caractères.', { exact: true })
  await seen(tooLong)
  await seen(page.getByText(/^Pas enregistré : Plus de 20/))
  // What it was, or nothing: on a slow machine the emptied section is saved before the paste.
  t.notRegex((await held(scene, scene.begun)).sections.results, /Une ligne/)
  await page.keyboard.press('Control+z')
  await reads(page, 'Résultats', '')
  await tooLong.waitFor({ state: 'detached' })
  await page.keyboard.type('Court.')
  await saved(page)
  t.is((await held(scene, scene.begun)).sections.results, 'Court.')
})

const LONG = Array.from({ length: 60 }, (_, n) => `phrase ${n} `).join('')

/** The bytes this machine keeps of a text whose saving is on its way, once they no longer grow. */
async function keptAtRest(page: Page): Promise<number> {
  let before = -1
  let equal = 0
  return eventually('what is on its way lies here too', async () => {
    const now = await bytesKept(page)
    equal = now === before ? equal + 1 : 1
    before = now
    // Two alike may both lie between two writings of a busy page.
    return now > 0 && equal >= 5 ? now : undefined
  })
}

async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash')
  const cdp = await page.context().newCDPSession(page)
  void cdp.send('Page.crash').catch(() => undefined)
  await crashed
}

step('a page that dies in mid-typing loses nothing that was typed', async (t, scene) => {
  const { reader, begun } = scene
  const { context } = reader
  const dying = reader.page
  const letGo = await holdSaving(dying)
  await begin(dying, 'Conclusion')
  const saving = dying.waitForRequest(asked => asked.method() === 'PUT')
  await dying.keyboard.type('Le texte. ')
  await saving
  const before = await keptAtRest(dying)
  const typing = dying.keyboard.type(LONG, { delay: 5 }).catch(() => undefined)
  let written = 0
  await eventually('a part of it is written down', async () => {
    written = (await bytesKept(dying)) - before
    return written > 60 ? true : undefined
  })
  await crash(dying)
  letGo()
  await typing
  await dying.close()

  reader.page = await context.newPage()
  const { page } = reader
  await openDesk(page, begun)
  await seen(page.getByText('Texte repris de cette machine'))
  const back = await writtenIn(section(page, 'Conclusion'))
  t.true(`Le texte. ${LONG}`.startsWith(back), back)
  t.true(back.length >= 'Le texte. '.length + written, `${back.length} of at least ${written}`)
  await saved(page)
  t.is((await held(scene, begun)).sections.conclusion, back)
})

step('a tab closed by its browser takes no letter with it', async (t, scene) => {
  const { reader, begun } = scene
  const { context } = reader
  const dying = reader.page
  const letGo = await holdSaving(dying)
  await begin(dying, 'Conclusion')
  const saving = dying.waitForRequest(asked => asked.method() === 'PUT')
  await dying.keyboard.type('Début. ')
  await saving
  const before = await keptAtRest(dying)
  await dying.keyboard.type(LONG)
  await eventually('every letter is written down', async () =>
    (await bytesKept(dying)) - before === LONG.length ? true : undefined,
  )
  const gone = dying.waitForEvent('close')
  const cdp = await context.newCDPSession(dying)
  const { targetInfo } = await cdp.send('Target.getTargetInfo')
  reader.page = await context.newPage()
  await cdp.send('Target.closeTarget', { targetId: targetInfo.targetId }).catch(() => undefined)
  await gone
  letGo()
  await openDesk(reader.page, begun)
  await reads(reader.page, 'Conclusion', `Début. ${LONG}`)
  await saved(reader.page)
  t.is((await held(scene, begun)).sections.conclusion, `Début. ${LONG}`)
})

step(
  'it is saved every two seconds while it is written, each time under a new revision',
  async (t, scene) => {
    const { page } = scene.reader
    const first = await held(scene, scene.begun)
    await begin(page, 'Conclusion')
    const revisions = new Set<number>()
    page.on('request', asked => {
      if (asked.method() === 'PUT') revisions.add((asked.postDataJSON() as { revision: number }).revision)
    })
    await eventually(
      'three savings while typing',
      async () => {
        await page.keyboard.type('Mot. ', { delay: 20 })
        return revisions.size >= 3 ? true : undefined
      },
      30_000,
    )
    await saved(page)
    // Between two savings the screen may say so of the last but one.
    const last = await eventually('the node has all of it', async () => {
      const now = await held(scene, scene.begun)
      return now.sections.conclusion === (await writtenIn(section(page, 'Conclusion'))) ? now : undefined
    })
    t.true(last.revision >= first.revision + 3, `${first.revision} to ${last.revision}`)
  },
)

step(
  'an answer that got lost, and a network that is away, bring no question and lose nothing',
  async (t, scene) => {
    const { page } = scene.reader
    await begin(page, 'Conclusion')
    await saved(page)
    let down = true
    await page.route('**/api/reports/*', async route => {
      if (route.request().method() !== 'PUT' || !down) return route.continue()
      // The node takes it; the page never hears so.
      await route.fetch()
      await route.abort('connectionreset')
    })
    await page.keyboard.type('Un. ')
    await seen(page.getByText(/^Pas de réseau/))
    await page.keyboard.type('Deux. ')
    down = false
    await saved(page)
    t.is(await page.getByRole('alertdialog').count(), 0)
    await eventually('the node has all of it', async () =>
      (await held(scene, scene.begun)).sections.conclusion === 'Un. Deux. ' ? true : undefined,
    )
    await page.unroute('**/api/reports/*')
  },
)

step('of two windows each is asked which text stays, and neither text is lost', async (t, scene) => {
  const { reader, begun } = scene
  const { page } = reader
  const other = await reader.context.newPage()
  await openDesk(other, begun)
  await begin(other, 'Résultats')
  await other.keyboard.type('De l’autre fenêtre.')
  await saved(other)
  await eventually('the node has it', async () =>
    (await held(scene, begun)).sections.results === 'De l’autre fenêtre.' ? true : undefined,
  )
  // In one go: the emptied section, saved by itself, would bring the question before the text is there.
  await rewrite(section(page, 'Conclusion'), 'De cette fenêtre.')
  const asked = page.getByRole('alertdialog', { name: 'Deux textes pour ce compte rendu' })
  await seen(asked)
  await seen(asked.getByText('De l’autre fenêtre.'))
  await seen(asked.getByText('De cette fenêtre.'))
  await scene.screens.picture('conflict')
  t.deepEqual(await faultsOf(page, 'conflict'), [])
  await asked.getByRole('button', { name: 'Garder le mien' }).click()
  await saved(page)
  await eventually('this window’s text stays', async () =>
    (await held(scene, begun)).sections.conclusion === 'De cette fenêtre.' ? true : undefined,
  )
  t.is((await held(scene, begun)).sections.results, 'Court.')

  await begin(other, 'Technique')
  await other.keyboard.type('Encore.')
  const again = other.getByRole('alertdialog', { name: 'Deux textes pour ce compte rendu' })
  await seen(again)
  await again.getByRole('button', { name: 'Prendre celui du nœud' }).click()
  await reads(other, 'Conclusion', 'De cette fenêtre.')
  await reads(other, 'Résultats', 'Court.')
  await saved(other)
  await other.close()
})
step(
  'two windows that die each leave their own text: none is mixed into the other, and each is asked about',
  async (t, scene) => {
    const { reader, begun } = scene
    const { page: first, context } = reader
    const second = await context.newPage()
    await openDesk(first, begun)
    const before = await held(scene, begun)
    const letGo = [await holdSaving(first), await holdSaving(second)]
    await begin(first, 'Conclusion')
    await first.keyboard.type('Écrit dans la première fenêtre.')
    await keptAtRest(first)
    // What an open window writes stays its own.
    await openDesk(second, begun)
    await reads(second, 'Conclusion', before.sections.conclusion)
    await begin(second, 'Technique')
    await second.keyboard.type('Écrit dans la seconde.')
    await reads(second, 'Technique', 'Écrit dans la seconde.')
    await keptAtRest(second)
    t.is(await second.getByRole('alertdialog').count(), 0)
    for (const dying of [first, second]) await crash(dying)
    for (const free of letGo) free()
    for (const dying of [first, second]) await dying.close()

    reader.page = await context.newPage()
    const { page } = reader
    await openDesk(page, begun)
    await reads(page, 'Technique', 'Écrit dans la seconde.')
    const asked = page.getByRole('alertdialog', { name: 'Deux textes pour ce compte rendu' })
    await seen(asked.getByText('Le texte de la fenêtre fermée'))
    await seen(asked.getByText('Écrit dans la première fenêtre.'))
    await seen(asked.getByText('Écrit dans la seconde.'))
    await scene.screens.picture('left-by-a-window')
    t.deepEqual(await faultsOf(page, 'a text of a closed window'), [])
    await asked.getByRole('button', { name: 'Prendre celui de la fenêtre fermée' }).click()
    await reads(page, 'Conclusion', 'Écrit dans la première fenêtre.')
    await reads(page, 'Technique', before.sections.technique)
    await eventually('the node has the text that was chosen', async () => {
      const { conclusion, technique } = (await held(scene, begun)).sections
      return (
        (conclusion === 'Écrit dans la première fenêtre.' && technique === before.sections.technique) ||
        undefined
      )
    })
    await saved(page)
    await page.reload()
    await reads(page, 'Conclusion', 'Écrit dans la première fenêtre.')
    t.is(await page.getByRole('alertdialog').count(), 0)
  },
)

step(
  'who leaves is asked while something is unsaved, and what is left by a link is saved',
  async (t, scene) => {
    const { reader, begun } = scene
    const { page } = reader
    const letGo = await holdSaving(page)
    await begin(page, 'Conclusion')
    await page.keyboard.type('Pas encore enregistré.')
    const questions: string[] = []
    page.on('dialog', async dialog => {
      questions.push(dialog.type())
      await dialog.dismiss()
    })
    // Who stays has gone nowhere: the navigation fails.
    await t.throwsAsync(page.goto('/reports'))
    await eventually('the question', async () => (questions.length > 0 ? true : undefined))
    t.deepEqual(questions, ['beforeunload'])
    await reads(page, 'Conclusion', 'Pas encore enregistré.')
    letGo()
    await saved(page)
    await page.unroute('**/api/reports/*')

    await begin(page, 'Conclusion')
    await page.keyboard.type('Laissé par un lien.')
    await page.getByRole('link', { name: 'Retour à la liste' }).click()
    await page.waitForURL(/\/requests\?list=mine/)
    await eventually('the node has it', async () =>
      (await held(scene, begun)).sections.conclusion === 'Laissé par un lien.' ? true : undefined,
    )
    await page.goto('/reports')
    t.is(questions.length, 1, 'nothing is unsaved: nobody is asked')
  },
)

step(
  'who loses the request while writing is told why nothing is saved, and keeps the text here',
  async (t, scene) => {
    const { reader, begun } = scene
    const { page, context } = reader
    await openDesk(page, begun)
    const letGo = await holdSaving(page)
    await begin(page, 'Conclusion')
    const saving = page.waitForRequest(asked => asked.method() === 'PUT')
    await page.keyboard.type('Trop tard.')
    await saving
    const released = await context.request.post(`/api/requests/${begun}/release`, {
      data: { reason: 'Fin de vacation' },
      headers: { origin: scene.house.url },
    })
    t.is(released.status(), 200)
    letGo()
    await seen(page.getByText(/^Pas enregistré : .*Gardé sur cette machine\.$/))
    t.is(await page.getByRole('alertdialog').count(), 0)
    await reads(page, 'Conclusion', 'Trop tard.')
    t.is((await held(scene, begun)).sections.conclusion, 'Laissé par un lien.')
  },
)
