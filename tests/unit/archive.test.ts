import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { zipOf } from '../../node/archive/zip.js'
import { inFrench, LIMITS, limitsInFrench } from '../../node/program/checked-words.js'
import { faultInFrench } from '../../node/program/fault-words.js'
import { stateChecks } from '../../node/program/state-checks.js'

const test = anyTest as TestFn<string>
test.beforeEach(t => {
  t.context = mkdtempSync(join(tmpdir(), 'relais-zip-'))
})
test.afterEach.always(t => rmSync(t.context, { recursive: true, force: true }))

const AT = Date.UTC(2026, 10, 24, 6, 30, 8)

test('other programs read our ZIP archives: names, bytes and times', t => {
  const files = [
    { path: 'act/README.txt', bytes: Buffer.from('Été '.repeat(1000)) },
    { path: 'act/empty', bytes: Buffer.alloc(0) },
    { path: 'act/reports/1.pdf', bytes: Buffer.from([0, 1, 2, 255]) },
    { path: 'act/numéro.txt', bytes: Buffer.from('x') },
  ]
  const file = join(t.context, 'act.zip')
  writeFileSync(file, zipOf(files, AT))
  t.regex(execFileSync('unzip', ['-t', file], { encoding: 'utf8' }), /No errors detected/)
  execFileSync('unzip', ['-q', file, '-d', t.context])
  for (const { path, bytes } of files) t.deepEqual(readFileSync(join(t.context, path)), bytes)
  const listed = execFileSync(
    'python3',
    [
      '-c',
      'import sys, zipfile\nfor f in zipfile.ZipFile(sys.argv[1]).infolist(): print(f.filename, f.date_time, f.compress_type)',
      file,
    ],
    { encoding: 'utf8', env: { ...process.env, PYTHONIOENCODING: 'utf-8' } },
  )
  t.regex(listed, /act\/README\.txt \(2026, 11, 24, 6, 30, 8\) 8/)
  t.regex(listed, /act\/numéro\.txt \(2026, 11, 24, 6, 30, 8\) 0/)
})

test('an empty archive is one too', t => {
  const file = join(t.context, 'none.zip')
  writeFileSync(file, zipOf([], AT))
  const script = 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).namelist())'
  t.is(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }), '[]\n')
})

test('the same files give the same archive', t => {
  const files = [{ path: 'a', bytes: Buffer.from('a') }]
  t.deepEqual(zipOf(files, AT), zipOf(files, AT))
})

test('what a check looked at is said in French too, every one of them', t => {
  for (const { name } of stateChecks) t.truthy(inFrench(name), name)
  t.is(
    inFrench('1 signed checkpoint and the keys that signed them'),
    '1 tête signée et les clés qui ont signé',
  )
  t.is(
    inFrench('4 signed checkpoints and the keys that signed them'),
    '4 têtes signées et les clés qui ont signé',
  )
  t.is(inFrench('something nobody wrote'), undefined)
  t.is(limitsInFrench(LIMITS.en), LIMITS.fr)
})

test('what a check finds is said in French too, with its numbers and names', t => {
  const said = [
    ['entry 4 is missing (the next one is 7)', 'l’inscription 4 manque (la suivante est la 7)'],
    [
      'the checkpoint over 590 entries covers entries that are not there: the end was cut off',
      'la tête signée sur 590 inscriptions couvre des inscriptions qui ne sont pas là : la fin a été coupée',
    ],
    [
      'version 2 of the report of N-0001: the signed bytes do not fit their digest',
      'la version 2 du compte rendu de N-0001 : les octets signés ne correspondent pas à leur empreinte',
    ],
    [
      'request N-0001 says "reported", its steps lead to "claimed"',
      'la demande N-0001 dit « reported », ses étapes mènent à « claimed »',
    ],
    [
      'part 2 of the record of req_1 in the volume of 2026 is gone',
      'la partie 2 du dossier de req_1, dans le volume de 2026, n’est plus là',
    ],
    [
      'study 1.2.3 of nord: 1 file is missing, 2 files are altered; the first is 1.2.3.4',
      'examen 1.2.3 de nord : 1 fichier manquant, 2 fichiers altérés ; le premier est 1.2.3.4',
    ],
    [
      'report of N-0001: 1 file is unreadable; the first is ab12',
      'compte rendu de N-0001 : 1 fichier illisible ; le premier est ab12',
    ],
  ] as const
  for (const [english, french] of said) t.is(faultInFrench(english), french)
  t.is(faultInFrench('report of N-0001: 1 file is elsewhere; the first is ab12'), undefined)
  t.is(faultInFrench('something nobody wrote'), undefined)
})
