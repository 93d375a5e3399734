import { type FormEvent, useState } from 'react'
import type { ScreenView } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, TextArea, TextField } from '../parts/Field.js'
import { useFormats } from '../words/format.js'
import { screens as words } from '../words/screens.js'
import { useWords } from '../words/words.js'
import styles from './ScreenCheck.module.css'
import { useScreen } from './use-screen.js'

const STATEMENT_MIN_CHARACTERS = 10

/** The sentence under every image until the person at this screen has validated it, and the way to do so. */
export function ScreenBand({ className }: { className: string | undefined }) {
  const t = useWords(words)
  const formats = useFormats()
  const { view, may, path } = useScreen()
  const [open, setOpen] = useState(false)
  const withdraw = useAct<ScreenView>(() => ({ method: 'DELETE', path }), { refresh: [['screens']] })
  const { validated } = view ?? {}
  if (validated)
    return (
      <p className={`${className} ${styles.valid}`}>
        <span title={`${validated.legalBasis} · ${validated.check}`}>
          {t('band.valid', { by: validated.by, until: formats.day(validated.until.slice(0, 10)) })}
        </span>
        <Button size="s" look="quiet" busy={withdraw.isPending} onPress={() => withdraw.mutate()}>
          {t('band.withdraw')}
        </Button>
      </p>
    )
  return (
    <p className={className}>
      <span>{t('band')}</span>
      {may ? (
        <Button size="s" look="quiet" onPress={() => setOpen(true)}>
          {t('band.validate')}
        </Button>
      ) : null}
      {open && view ? <ScreenDialog path={path} days={view.days} onClose={() => setOpen(false)} /> : null}
    </p>
  )
}

function ScreenDialog({ path, days, onClose }: { path: string; days: number; onClose: () => void }) {
  const t = useWords(words)
  const [screen, setScreen] = useState('')
  const [legalBasis, setLegalBasis] = useState('')
  const [check, setCheck] = useState('')
  const [checkedOn, setCheckedOn] = useState('')
  const [dark, setDark] = useState(false)
  const [light, setLight] = useState(false)
  const [tried, setTried] = useState(false)
  const act = useAct<ScreenView>(
    () => ({
      method: 'PUT',
      path,
      body: {
        screen: screen.trim(),
        legalBasis: legalBasis.trim(),
        check: `${check.trim()} ${t('pattern.seen')}`,
        checkedOn,
      },
    }),
    { refresh: [['screens']], onDone: onClose },
  )
  const enough = (text: string) => text.trim().length >= STATEMENT_MIN_CHARACTERS
  const ready =
    screen.trim() !== '' && enough(legalBasis) && enough(check) && checkedOn !== '' && dark && light
  const said = (isMissing: boolean) => (tried && isMissing ? t('missing') : undefined)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (ready && !act.isPending) act.mutate()
  }
  return (
    <Dialog title={t('title')} open onClose={onClose} size="m" grave>
      <form className={styles.form} onSubmit={submit} noValidate>
        <p className="second">{t('lead', { days })}</p>
        <Pattern />
        <Checkbox value={dark} onChange={setDark} problem={said(!dark)}>
          {t('pattern.dark')}
        </Checkbox>
        <Checkbox value={light} onChange={setLight} problem={said(!light)}>
          {t('pattern.light')}
        </Checkbox>
        <TextField
          label={t('screen')}
          hint={t('screen.hint')}
          required
          value={screen}
          onChange={setScreen}
          maxLength={200}
          problem={said(screen.trim() === '')}
        />
        <TextArea
          label={t('legalBasis')}
          hint={t('legalBasis.hint')}
          required
          lines={2}
          value={legalBasis}
          onChange={setLegalBasis}
          maxLength={1000}
          problem={said(!enough(legalBasis))}
        />
        <TextArea
          label={t('check')}
          hint={t('check.hint')}
          required
          lines={2}
          value={check}
          onChange={setCheck}
          maxLength={900}
          problem={said(!enough(check))}
        />
        <TextField
          label={t('checkedOn')}
          type="date"
          required
          value={checkedOn}
          onChange={setCheckedOn}
          problem={said(checkedOn === '')}
        />
        {act.error ? <ErrorBox trouble={act.error} /> : null}
        <div className={styles.buttons}>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button type="submit" look="go" busy={act.isPending}>
            {t('submit')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** Steps of grey, and the two patches that a screen with crushed blacks or whites does not show. */
function Pattern() {
  const t = useWords(words)
  const steps = Array.from({ length: 11 }, (_, step) => Math.round((step / 10) * 255))
  const grey = (value: number) => `rgb(${value} ${value} ${value})`
  return (
    <svg viewBox="0 0 440 132" className={styles.pattern} role="img" aria-label={t('pattern')}>
      {steps.map((value, step) => (
        <rect key={value} x={step * 40} y={0} width={40} height={44} fill={grey(value)} />
      ))}
      <rect x={0} y={44} width={220} height={88} fill={grey(0)} />
      <rect x={80} y={62} width={60} height={52} fill={grey(13)} />
      <rect x={220} y={44} width={220} height={88} fill={grey(255)} />
      <rect x={300} y={62} width={60} height={52} fill={grey(242)} />
    </svg>
  )
}
