import { FieldError, Radio, RadioGroup, Text } from 'react-aria-components'
import styles from './Field.module.css'
import { FieldLabel, type FieldProps } from './FieldLabel.js'

export interface Choice<Id extends string> {
  id: Id
  label: string
  hint?: string
}

/** A few choices, all in sight. */
export function Choices<Id extends string>({
  label,
  hint,
  problem,
  required = false,
  optional = false,
  hideLabel = false,
  value,
  onChange,
  choices,
}: FieldProps & { value: Id | ''; onChange: (value: Id) => void; choices: Choice<Id>[] }) {
  return (
    <RadioGroup
      className={styles.field ?? ''}
      value={value === '' ? null : value}
      onChange={chosen => onChange(chosen as Id)}
      isInvalid={problem !== undefined}
      isRequired={required}
      orientation="horizontal"
      validationBehavior="aria"
    >
      <FieldLabel label={label} required={required} optional={optional} hideLabel={hideLabel} />
      {hint ? (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      ) : null}
      <span className={styles.choices}>
        {choices.map(choice => (
          <Radio key={choice.id} value={choice.id} className={styles.choice ?? ''}>
            <span className={styles.dot} />
            <span>
              {choice.label}
              {choice.hint ? <small className={styles.choiceHint}>{choice.hint}</small> : null}
            </span>
          </Radio>
        ))}
      </span>
      <FieldError className={styles.problem ?? ''}>{problem}</FieldError>
    </RadioGroup>
  )
}
