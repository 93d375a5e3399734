import { addPeople } from '../../node/commands/demo/seed.js'
import type { EditedRequest } from '../../node/requests/view.js'
import { FORM } from '../support/act.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { openNode } from '../support/node.js'
import { faultsOf } from '../support/web-axe.js'
import { enter, OPERATOR, PASSWORD } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  room: Visitor
  request: string
  /** The referrer corrects it elsewhere. */
  corrects(question: string, revision: number): Promise<unknown>
  asked(): Promise<string>
}

const step = tell<Scene>(async undo => {
  const node = await openNode(undo, {
    env: { RELAIS_ADMIN_EMAIL: OPERATOR, RELAIS_ADMIN_PASSWORD: PASSWORD },
  })
  const { requests } = node.services
  await addPeople(node.services, PASSWORD)
  const referrer = await enter(node, 'demandeur@nord.example')
  const { studies: _studies, submit: _submit, ...said } = FORM
  const form = {
    ...said,
    identityCheck: { how: 'bracelet' as const },
    consent: { given: true as const, informed: 'patient' as const, by: 'M. Témoin' },
  }
  const { id } = await requests.create(referrer, form)
  const screens = await openScreens(undo, node.addresses.http)
  const room = await screens.visit()
  await room.signIn('manip@nord.example')
  const { site: _site, ...rest } = form
  const edited: Omit<EditedRequest, 'revision'> = rest
  return {
    screens,
    room,
    request: id,
    corrects: (question, revision) => requests.edit(referrer, id, { ...edited, question, revision }),
    asked: async () => (await requests.view(referrer, id)).question,
  }
})

step(
  'what somebody else corrects meanwhile shows at once where nothing was typed, and never takes away what was',
  async (t, { room, request, corrects, asked, screens }) => {
    const { page, faults } = room
    await page.goto(`/requests/${request}/edit`)
    const question = page.getByRole('textbox', { name: /^Question/ })
    await question.waitFor()
    await corrects('Deuxième ?', 1)
    await page.getByText('Deuxième ?').waitFor()
    t.is(await question.inputValue(), 'Deuxième ?')
    await question.fill('La mienne ?')
    await corrects('Troisième ?', 2)
    const told = page.getByText(/^Cette demande a été corrigée pendant que vous écriviez/)
    await told.waitFor()
    t.is(await question.inputValue(), 'La mienne ?')
    await screens.picture('edit-meanwhile')
    t.deepEqual(await faultsOf(page, 'a correction that meets another one'), [])
    await page.getByRole('button', { name: 'Continuer avec le mien', exact: true }).click()
    await told.waitFor({ state: 'detached' })
    await corrects('Quatrième ?', 3)
    await told.waitFor()
    await page.getByRole('button', { name: 'Prendre la version actuelle', exact: true }).click()
    await told.waitFor({ state: 'detached' })
    t.is(await question.inputValue(), 'Quatrième ?')
    await question.fill('La mienne, enfin ?')
    await page.getByRole('button', { name: 'Enregistrer la correction', exact: true }).click()
    await page.waitForURL(url => !url.pathname.endsWith('/edit'))
    t.is(await asked(), 'La mienne, enfin ?')
    t.deepEqual(faults, [])
  },
)
