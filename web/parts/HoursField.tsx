import { Plus, X } from 'lucide-react'
import { hourWords as words } from '../words/hours.js'
import { useWords } from '../words/words.js'
import { Button } from './Button.js'
import { Checkbox, Choices, TextField } from './Field.js'
import own from './HoursField.module.css'
import { days, type HoursDraft, timeIn } from './hours.js'

type Hours = readonly HoursDraft[]

/** Always, or some hours of some days; over midnight where the end comes first. */
export function HoursField({
  hours,
  onChange,
  problem,
  label,
  hint,
}: {
  hours: Hours
  onChange: (hours: HoursDraft[]) => void
  problem: string | undefined
  label: string
  hint: string
}) {
  const r = useWords(words)
  const night = () => ({
    key: Math.max(0, ...hours.map(({ key }) => key)) + 1,
    days: [...days],
    from: '20:00',
    to: '07:00',
  })
  const change = (key: number, part: Partial<HoursDraft>) =>
    onChange(hours.map(each => (each.key === key ? { ...each, ...part } : each)))
  return (
    <div className={own.hours}>
      <Choices
        label={label}
        hint={hint}
        value={hours.length > 0 ? 'some' : 'always'}
        onChange={id => onChange(id === 'always' ? [] : [night()])}
        choices={[
          { id: 'always', label: r('always') },
          { id: 'some', label: r('some') },
        ]}
      />
      {hours.map(({ key, days: on, from, to }) => (
        <div key={key} className={own.span}>
          <TextField
            label={r('from')}
            value={from}
            onChange={value => change(key, { from: value })}
            onBlur={() => change(key, { from: timeIn(from) || from })}
            maxLength={5}
          />
          <TextField
            label={r('to')}
            value={to}
            onChange={value => change(key, { to: value })}
            onBlur={() => change(key, { to: timeIn(to) || to })}
            maxLength={5}
          />
          <fieldset>
            <legend>{r('days')}</legend>
            {days.map(day => (
              <Checkbox
                key={day}
                value={on.includes(day)}
                onChange={chosen =>
                  change(key, { days: chosen ? [...on, day] : on.filter(each => each !== day) })
                }
              >
                {r(`day.${day}`)}
              </Checkbox>
            ))}
          </fieldset>
          <Button
            size="s"
            look="quiet"
            icon={<X aria-hidden />}
            aria-label={r('remove')}
            onPress={() => onChange(hours.filter(each => each.key !== key))}
          />
        </div>
      ))}
      {problem ? (
        <p className={own.problem} role="alert">
          {problem}
        </p>
      ) : null}
      {hours.length > 0 ? (
        <div>
          <Button size="s" icon={<Plus aria-hidden />} onPress={() => onChange([...hours, night()])}>
            {r('add')}
          </Button>
        </div>
      ) : null}
    </div>
  )
}
