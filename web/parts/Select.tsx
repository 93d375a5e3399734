import { ChevronDown } from 'lucide-react'
import {
  Select as AriaSelect,
  Button,
  FieldError,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
} from 'react-aria-components'
import { useWords } from '../words/words.js'
import field from './Field.module.css'
import { FieldLabel } from './FieldLabel.js'
import styles from './Select.module.css'

export interface Option {
  id: string
  label: string
  hint?: string
}

export interface SelectProps {
  label: string
  options: Option[]
  /** Id of the chosen option; '' for none. */
  value: string
  onChange: (id: string) => void
  hint?: string
  problem?: string | undefined
  placeholder?: string
  required?: boolean
  optional?: boolean
  hideLabel?: boolean
  disabled?: boolean
}

export function Select({
  label,
  options,
  value,
  onChange,
  hint,
  problem,
  placeholder,
  required = false,
  optional = false,
  hideLabel = false,
  disabled = false,
}: SelectProps) {
  const t = useWords()
  return (
    <AriaSelect
      className={field.field ?? ''}
      value={value === '' ? null : value}
      onChange={chosen => onChange(chosen === null ? '' : String(chosen))}
      isInvalid={problem !== undefined}
      isRequired={required}
      // Nothing to choose from, or not yet: a press would open nothing.
      isDisabled={disabled || options.length === 0}
      validationBehavior="aria"
      placeholder={placeholder ?? t('choose')}
    >
      <FieldLabel label={label} required={required} optional={optional} hideLabel={hideLabel} />
      {hint ? (
        <Text slot="description" className={field.hint ?? ''}>
          {hint}
        </Text>
      ) : null}
      <Button className={styles.button ?? ''}>
        <SelectValue className={styles.value ?? ''}>
          {({ selectedText, isPlaceholder, defaultChildren }) =>
            isPlaceholder ? defaultChildren : selectedText
          }
        </SelectValue>
        <ChevronDown aria-hidden="true" />
      </Button>
      <FieldError className={field.problem ?? ''}>{problem}</FieldError>
      <Popover className={styles.popover ?? ''} offset={4}>
        <ListBox items={options} className={styles.list ?? ''}>
          {option => (
            <ListBoxItem id={option.id} textValue={option.label} className={styles.option ?? ''}>
              <Text slot="label">{option.label}</Text>
              {option.hint ? (
                <Text slot="description" className={styles.hint ?? ''}>
                  {option.hint}
                </Text>
              ) : null}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}
