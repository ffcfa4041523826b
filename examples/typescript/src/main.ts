// Creates a product, as an operator, places an order for it and reads the order back, as
// the storefront of a customer, over gRPC. Exits with 1 when anything is not as it
// should be.
import { deepStrictEqual } from "node:assert";
import { randomUUID } from "node:crypto";
import { create, equals, toJsonString } from "@bufbuild/protobuf";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { OrderSchema, OrderService, OrderStatus } from "@stockonce/api/order/v1/order_pb";
import { CreateProductRequestSchema, ProductService } from "@stockonce/api/product/v1/product_pb";

/** Shows a token with every call. */
function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
}

/**
 * A client for one service. What hangs is given up after five seconds. Within this
 * machine the token may go in plain text; elsewhere it is https.
 */
function transport(address: string, token = "") {
  return createGrpcTransport({ baseUrl: `http://${address}`, defaultTimeoutMs: 5000, interceptors: [bearer(token)] });
}

const env = process.env;
const products = createClient(ProductService, transport(env["PRODUCT_GRPC"] ?? "127.0.0.1:9001", env["TOKEN"]));
const orders = createClient(OrderService, transport(env["ORDER_GRPC"] ?? "127.0.0.1:9000", env["STOREFRONT_TOKEN"]));

// Who the storefront's token speaks of: it can place no other's orders.
const customer = "ann";

// SKU codes are unique in the whole shop, so each run makes its own.
const sku = `TEA-TS-${randomUUID()}`;

const { product } = await products.createProduct(
  create(CreateProductRequestSchema, {
    name: "Green tea",
    // bigint: amounts and quantities are 64-bit integers; prices count minor units.
    skus: [{ code: sku, price: 2500n, currency: "CNY", openingStock: 10n }],
  }),
);
if (!product) throw new Error("no product in the answer");
console.log(`created product ${product.id} with SKU ${sku}, 10 pieces at 25.00 CNY`);

// The request id makes placing safe to repeat: the same request gives the same order.
const request = { requestId: randomUUID(), customer, lines: [{ sku, quantity: 2n }] };
const { order: placed } = await orders.placeOrder(request);
const { order: again } = await orders.placeOrder(request);
if (!placed || !again) throw new Error("no order in the answer");
deepStrictEqual(again.number, placed.number, "placing the same request twice gave two orders");
console.log(`placed order ${placed.number} for 2 pieces, twice with one request id: one order`);

const { order } = await orders.getOrder({ number: placed.number });
if (!order) throw new Error("no order in the answer");
deepStrictEqual(equals(OrderSchema, order, placed), true, "the order read back is not the one placed");
deepStrictEqual(
  { status: order.status, amount: order.amount, currency: order.currency },
  { status: OrderStatus.CREATED, amount: 5000n, currency: "CNY" },
);
deepStrictEqual(
  order.lines.map((l) => [l.sku, l.quantity, l.unitPrice]),
  [[sku, 2n, 2500n]],
);
console.log(`read it back: ${toJsonString(OrderSchema, order)}`);
console.log("the TypeScript client works");
