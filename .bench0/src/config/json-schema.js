import { z } from "zod";
import { channelBlock } from "./alerts.js";
import { decoderBlock, documentSchema, sinkBlock, sourceBlock } from "./document.js";
import { inputSchema } from "./issues.js";
/** Where the schema is published with the package, for the `$schema` comment of editors. */
export const SCHEMA_FILE = "config.schema.json";
/**
 * JSON Schema 2020-12 of a configuration file with all of its plug-ins, for editors. It describes what a person writes:
 * durations and sizes as text, defaults as defaults.
 */
export function configJsonSchema(plugins) {
    const blocks = new Map([
        [sourceBlock, "source"],
        [decoderBlock, "decoder"],
        [sinkBlock, "sink"],
        [channelBlock, "channel"],
    ]);
    const document = z.toJSONSchema(documentSchema, {
        io: "input",
        unrepresentable: "any",
        override: ({ zodSchema, jsonSchema }) => {
            const name = blocks.get(zodSchema);
            if (name === undefined)
                return;
            for (const key of Object.keys(jsonSchema))
                delete jsonSchema[key];
            jsonSchema.$ref = `#/$defs/${name}`;
        },
    });
    const { $schema, $defs, ...rest } = document;
    const secret = { $ref: "#/$defs/secret" };
    const history = z.toJSONSchema(sourceBlock, { io: "input" }).properties?.["history"] ?? {};
    const network = { $ref: "#/$defs/network" };
    const secrets = { type: "object", additionalProperties: secret, description: "Secrets by name." };
    const options = (definition) => {
        const schema = inputSchema(definition.options);
        return { ...schema, $schema: undefined, title: definition.type, description: definition.summary };
    };
    const block = (definition, more, takesSecrets) => {
        const { properties, required, ...schema } = options(definition);
        return {
            ...schema,
            properties: { type: { const: definition.type }, ...more, ...properties },
            required: ["type", ...(required ?? [])],
            additionalProperties: takesSecrets ? secret : false,
        };
    };
    const result = {
        $schema,
        $id: SCHEMA_FILE,
        title: "Wayside configuration",
        ...rest,
        $defs: {
            ...$defs,
            source: { oneOf: plugins.sources.map((each) => block(each, { history }, true)) },
            decoder: {
                anyOf: [
                    { enum: plugins.decoders.map((each) => each.type) },
                    { oneOf: plugins.decoders.map((each) => block(each, {}, false)) },
                ],
            },
            sink: { oneOf: plugins.sinks.map((each) => block(each, { secrets, network }, true)) },
            channel: { oneOf: (plugins.channels ?? []).map((each) => block(each, { secrets, network }, true)) },
        },
    };
    return JSON.parse(JSON.stringify(result));
}
