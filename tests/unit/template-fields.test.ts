import test from 'ava'
import type { TemplateView } from '../../node/reports/view.js'
import { contentOf, fieldsOf, isSame, replaced, standingFor } from '../../web/templates/fields.js'

const sections = { indication: '{{question}}', technique: '', results: '', conclusion: 'Normal.' }
const template = (id: string, revision: number, replaces?: string): TemplateView => ({
  id,
  kind: 'report',
  revision,
  ...(replaces === undefined ? {} : { replaces }),
  language: 'fr',
  title: 'TDM cérébrale',
  modalities: ['CT', 'MR'],
  regions: ['crâne'],
  sections,
})
const delivered = template('template-ct-head', 0)
const ours = template('tpl_1', 2, 'template-ct-head')
const anew = template('tpl_2', 1, 'template-ct-head')
const other = template('tpl_9', 1)

test('what stands where a template stood is itself, the one of the group in its place, or the delivered one again', t => {
  const cases: [TemplateView, TemplateView[], TemplateView | undefined][] = [
    [delivered, [other, delivered], delivered],
    [delivered, [other, ours], ours],
    [ours, [ours, other], ours],
    [ours, [other, delivered], delivered],
    [ours, [other, anew], anew],
    [other, [ours, delivered], undefined],
    [other, [], undefined],
  ]
  for (const [known, items, expected] of cases) t.is(standingFor(items, known), expected)
})

test('a saved one takes the place of what it was, a new one comes last, one taken away leaves no row', t => {
  t.deepEqual(replaced([delivered, other], delivered, ours), [ours, other])
  t.deepEqual(replaced([other, ours], ours, template('tpl_1', 3, 'template-ct-head')).at(-1)?.revision, 3)
  t.deepEqual(replaced([other], undefined, ours), [other, ours])
  t.deepEqual(replaced([other, ours], ours, undefined), [other])
  t.deepEqual(replaced([other], ours, undefined), [other])
})

test('what differs in capitals and spaces alone is the same once it is sent; of a block its sections count for nothing', t => {
  const typed = { ...fieldsOf(ours), title: ' TDM cérébrale ', modalities: 'ct,mr' }
  t.true(isSame(typed, fieldsOf(ours), 'report'))
  t.deepEqual(contentOf(typed, 'report', 'fr').modalities, ['CT', 'MR'])
  t.false(isSame({ ...typed, sections: { ...sections, results: 'x' } }, fieldsOf(ours), 'report'))
  t.true(isSame({ ...typed, sections: { ...sections, results: 'x' } }, fieldsOf(ours), 'block'))
  t.false(isSame({ ...typed, text: 'x' }, fieldsOf(ours), 'block'))
})
