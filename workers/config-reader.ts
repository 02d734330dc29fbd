/** Entry point of a thread that reads one configuration module and ends. Piscina calls the default export with the request. */
export { answerReadConfig as default } from '../src/host/config-reader.js'
