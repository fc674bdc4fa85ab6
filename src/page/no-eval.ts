/** A strict policy forbids code from text: zod, which the chart model is written in, must not even try. Imported first. */
import { config } from "zod";

config({ jitless: true });
