/** Entry point of a thread that describes modules one after another. Piscina calls the default export with the request. */
export { answerDescribe as default } from '../src/host/describer.js'
