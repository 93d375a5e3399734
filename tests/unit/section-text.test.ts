import { Schema } from '@tiptap/pm/model'
import { EditorState, TextSelection } from '@tiptap/pm/state'
import test from 'ava'
import fc from 'fast-check'
import { sectionsSchema } from '../../node/reports/answers.js'
import { isTooLong, SECTION_MAX_CHARS } from '../../web/reports/draft.js'
import {
  cleanText,
  documentOf,
  fieldsIn,
  knownIn,
  lineText,
  listMark,
  sliceOf,
  textOf,
} from '../../web/reports/section-text.js'

/** What the editor knows: paragraphs of text, with breaks inside a line. */
const schema = new Schema({
  nodes: {
    doc: { content: 'paragraph+' },
    paragraph: { content: 'inline*' },
    text: { group: 'inline' },
    hardBreak: { group: 'inline', inline: true },
  },
})
const docOf = (text: string) => schema.nodeFromJSON(documentOf(text))
const HOSTILE = [
  '',
  '\n',
  '\n\n\n',
  ' ',
  '   leading and trailing   ',
  'one\n\nthree\n',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '&lt;b&gt; &amp; “quotes” ‘and’ «guillemets»',
  '\u202Egnirts\u202C \u200B \u00AD\u0000\u0007',
  '⟨a⟩{{b}}[c][1]',
  '- \n1. \n999. x',
  '👩‍👩‍👧 e\u0301 ﷽ 𝔘',
  '\uD800 alone',
  `${'x'.repeat(100_000)}`,
  `${'line\n'.repeat(5_000)}`,
]

test('what is written in a section is its very characters: no text changes by being opened', t => {
  for (const text of HOSTILE) t.is(textOf(docOf(text)), text, JSON.stringify(text.slice(0, 40)))
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => textOf(docOf(text)) === text),
    { numRuns: 300 },
  )
})

test('a break inside a line is a line of the text, and fields behind it stand where they are', t => {
  const broken = schema.node('doc', null, [
    schema.node('paragraph', null, [schema.text('a'), schema.node('hardBreak'), schema.text('b [taille] c')]),
  ])
  t.is(textOf(broken), 'a\nb [taille] c')
  const [field] = fieldsIn(broken)
  t.is(broken.textBetween(field?.from ?? 0, field?.to ?? 0), '[taille]')
  t.is(lineText(broken.child(0)), 'a\nb [taille] c')
})

test('lines put into a text join what stands before and after them, wherever that is', t => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('un', 'deux', '', '- trois', '[x]'), { minLength: 1, maxLength: 5 }),
      fc.array(fc.constantFrom('a', '', 'bc'), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      (before, put, at) => {
        const text = before.join('\n')
        const state = EditorState.create({ doc: docOf(text) })
        // Every place between two characters of the text is one of the document.
        const place = at % (text.length + 1)
        const tr = state.tr.setSelection(
          TextSelection.create(state.doc, place + 1 + linesBefore(text, place)),
        )
        const after = tr.replaceSelection(sliceOf(schema, put.join('\n'))).doc
        t.is(textOf(after), text.slice(0, place) + put.join('\n') + text.slice(place))
      },
    ),
    { numRuns: 300 },
  )
})

/** A line's end and the next one's beginning are two places in the document, one in the text. */
const linesBefore = (text: string, place: number) => text.slice(0, place).split('\n').length - 1

test('open fields are found where they stand; a reference is none, a line’s end ends one', t => {
  const doc = docOf('Nodule de [taille] mm [1]\n⟨lobe⟩ {{dose}} [a\nb]')
  t.deepEqual(
    fieldsIn(doc).map(({ from, to, text }) => [doc.textBetween(from, to), text]),
    [
      ['[taille]', '[taille]'],
      ['⟨lobe⟩', '⟨lobe⟩'],
      ['{{dose}}', '{{dose}}'],
    ],
  )
})

test('what is known of the exam is seen where it stands word for word, and nowhere else', t => {
  const known = [
    { value: 'IDSV 48,6 mGy', says: 'en-têtes' },
    { value: '3 T', says: 'en-têtes' },
  ]
  const doc = docOf('Dose : IDSV 48,6 mGy. IDSV 48,6 mGys\n13 Tesla, 3 T, 3 T1 et IDSV 48,7 mGy')
  t.deepEqual(
    knownIn(doc, known).map(({ from, to }) => doc.textBetween(from - 1, to + 1)),
    [' IDSV 48,6 mGy.', ' 3 T,'],
  )
  t.deepEqual(knownIn(doc, [{ value: '', says: '' }]), [])
})

test('a list goes on with its own mark; what only looks like one does not', t => {
  const next = (line: string) => listMark(line)?.next
  t.is(next('- un'), '- ')
  t.is(next('  • un'), '  • ')
  t.is(next('9. neuf'), '10. ')
  t.is(next('3) trois'), '4) ')
  for (const line of ['-5 HU', '3.5 mm', '1234. mille', 'un - deux', '']) t.is(next(line), undefined, line)
})

test('what is pasted is clean: one kind of line end, nothing invisible, no tabulators', t => {
  t.is(cleanText('a\r\nb\rc\u2028d\u2029e\vf'), 'a\nb\nc\nd\ne\nf')
  t.is(cleanText('12\tmm\u0000\u0007\u200B\u202E\uFEFF\u00AD'), '12 mm')
  t.is(cleanText('a   \n\n\n\n\nb'), 'a\n\nb')
  t.is(cleanText('\uD800x'), 'x')
  t.is(cleanText('œdème « 3 × 4 mm » ≥ 5 µm² 𝔘 e\u0301'), 'œdème « 3 × 4 mm » ≥ 5 µm² 𝔘 e\u0301')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
      const clean = cleanText(text)
      t.notRegex(clean, /[^\P{C}\n]/u)
      t.is(cleanText(clean), clean, 'cleaned once is clean')
    }),
    { numRuns: 300 },
  )
})

test('100 kB come through the editor and back at once; the screen and the node draw one line at what is too long', t => {
  const long = 'Nodule de [taille] mm du lobe [lobe].\n'.repeat(2_700)
  t.true(long.length > 100_000)
  const doc = docOf(long)
  t.is(textOf(doc), long)
  t.is(fieldsIn(doc).length, 5_400)
  t.is(cleanText(long), long)
  const sections = { indication: '', technique: '', results: '', conclusion: '' }
  for (const length of [SECTION_MAX_CHARS, SECTION_MAX_CHARS + 1]) {
    const results = 'é'.repeat(length)
    t.is(sectionsSchema.safeParse({ ...sections, results }).success, !isTooLong(results))
  }
  t.true(isTooLong('x'.repeat(SECTION_MAX_CHARS + 1)))
})
