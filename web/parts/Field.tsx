/** The controls of a form. The first screen takes its one text field from its own module, so that the rest comes later. */
export { Checkbox } from './Checkbox.js'
export { type Choice, Choices } from './Choices.js'
export { TextArea, type TextAreaProps } from './TextArea.js'
export { TextField, type TextFieldProps } from './TextField.js'
